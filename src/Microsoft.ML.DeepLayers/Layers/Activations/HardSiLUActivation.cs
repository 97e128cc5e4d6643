using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019). Keras: <c>hard_silu</c>, <c>hard_swish</c>; ONNX: HardSwish.</summary>
    public static Activation HardSiLU { get; } = new HardSiLUActivation();

    /// <summary>Another name of <see cref="HardSiLU"/>, as in Keras.</summary>
    public static Activation HardSwish => HardSiLU;
}

/// <summary>x · min(max(x + 3, 0), 6) / 6 (Howard et al. 2019). Keras: <c>hard_silu</c>, <c>hard_swish</c>; ONNX: HardSwish.</summary>
public sealed record HardSiLUActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.hardswish(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("HardSwish", input);
}
