using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>min(max(x + 3, 0), 6) / 6. Keras: <c>hard_sigmoid</c>; ONNX: HardSigmoid.</summary>
    public static Activation HardSigmoid { get; } = new HardSigmoidActivation();
}

/// <summary>min(max(x + 3, 0), 6) / 6. Keras: <c>hard_sigmoid</c>; ONNX: HardSigmoid.</summary>
public sealed record HardSigmoidActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.hardsigmoid(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("HardSigmoid", input, null, OnnxAttribute.Float("alpha", 1f / 6), OnnxAttribute.Float("beta", 0.5f));
}
