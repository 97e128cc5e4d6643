namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value of each channel over all steps. Steps that a mask leaves out count, too, as in Keras.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, channels]</c> with keepDims.</para>
/// <para>Keras: <c>GlobalMaxPooling1D</c>; ONNX: GlobalMaxPool or ReduceMax.</para>
/// </summary>
public sealed record GlobalMaxPooling1D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalMaxPooling1D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 1;

    private protected override bool TakesMaximum => true;
}
