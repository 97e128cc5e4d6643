using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x itself. Keras: <c>linear</c>.</summary>
    public static Activation Linear { get; } = new LinearActivation();
}

/// <summary>x itself. Keras: <c>linear</c>.</summary>
public sealed record LinearActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input;

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}
