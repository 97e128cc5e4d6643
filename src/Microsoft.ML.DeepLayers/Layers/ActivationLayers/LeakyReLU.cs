namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// x above 0, negative slope · x below. As the activation of another layer it is <see cref="Activation.LeakyReLU"/>.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>LeakyReLU</c>; ONNX: LeakyRelu.</para>
/// </summary>
/// <example><c>new LeakyReLU()</c></example>
public sealed record LeakyReLU : FunctionLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="negativeSlope">The slope below 0. Default: 0.3, that of Keras's layer (its function has 0.2).</param>
    public LeakyReLU(float negativeSlope = 0.3f) => NegativeSlope = negativeSlope;

    /// <summary>The slope below 0.</summary>
    public float NegativeSlope { get; }

    private protected override Activation Function => Activation.LeakyReLU(NegativeSlope);
}
