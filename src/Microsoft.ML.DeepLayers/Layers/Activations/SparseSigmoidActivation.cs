using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>0 up to -1, 1 from 1 on, (x + 1) / 2 between. Keras: <c>sparse_sigmoid</c>; ONNX: HardSigmoid.</summary>
    public static Activation SparseSigmoid { get; } = new SparseSigmoidActivation();
}

/// <summary>0 up to -1, 1 from 1 on, (x + 1) / 2 between. Keras: <c>sparse_sigmoid</c>; ONNX: HardSigmoid.</summary>
public sealed record SparseSigmoidActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Add(1).Multiply(0.5).Clip(0, 1);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("HardSigmoid", input, null, OnnxAttribute.Float("alpha", 0.5f), OnnxAttribute.Float("beta", 0.5f));
}
