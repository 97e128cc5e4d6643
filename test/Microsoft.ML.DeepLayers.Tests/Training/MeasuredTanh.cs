using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The hyperbolic tangent, and how much memory the process has when it is computed.</summary>
internal sealed record MeasuredTanh : Activation
{
    internal required Meter Memory { get; init; }

    public override Tensor Apply(Tensor x)
    {
        Memory.Read();
        return x.tanh();
    }

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException();

    internal sealed class Meter
    {
        internal long First { get; private set; }

        internal long Peak { get; private set; }

        internal void Read()
        {
            long now = Environment.WorkingSet;
            First = First == 0 ? now : First;
            Peak = Math.Max(Peak, now);
        }
    }
}
