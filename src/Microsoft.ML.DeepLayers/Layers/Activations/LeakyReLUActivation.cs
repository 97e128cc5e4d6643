using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x above 0, <paramref name="negativeSlope"/> · x below. Keras: <c>leaky_relu</c>; ONNX: LeakyRelu.</summary>
    /// <param name="negativeSlope">The slope below 0. Default: 0.2, that of Keras's function (its layer has 0.3).</param>
    public static Activation LeakyReLU(float negativeSlope = 0.2f) => new LeakyReLUActivation(negativeSlope);
}

/// <summary>x above 0, a fraction of x below. Keras: <c>leaky_relu</c>; ONNX: LeakyRelu.</summary>
public sealed record LeakyReLUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="negativeSlope">The slope below 0. Default: 0.2.</param>
    public LeakyReLUActivation(float negativeSlope = 0.2f) => NegativeSlope = negativeSlope;

    /// <summary>The slope below 0.</summary>
    public float NegativeSlope { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.LeakyRelu(NegativeSlope);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("LeakyRelu", input, null, OnnxAttribute.Float("alpha", NegativeSlope));
}
