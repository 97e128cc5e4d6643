namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average of each channel over all steps.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, channels]</c> with keepDims.</para>
/// <para>Keras: <c>GlobalAveragePooling1D</c>; ONNX: GlobalAveragePool or ReduceMean.</para>
/// </summary>
public sealed record GlobalAveragePooling1D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalAveragePooling1D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 1;

    private protected override bool TakesMaximum => false;
}
