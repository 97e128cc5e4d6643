namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// An exponential linear unit: x above 0, alpha · (e^x - 1) below (Clevert et al. 2016). As the activation of another layer
/// it is <see cref="Activation.ELU"/>.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>ELU</c>; ONNX: Elu.</para>
/// </summary>
/// <example><c>new ELU(alpha: 0.5f)</c></example>
public sealed record ELU : FunctionLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="alpha">The limit below 0, negated. Default: 1.</param>
    public ELU(float alpha = 1) => Alpha = alpha;

    /// <summary>The limit below 0, negated.</summary>
    public float Alpha { get; }

    private protected override Activation Function => Activation.ELU(Alpha);
}
