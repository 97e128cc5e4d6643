namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value of each channel over the whole image.
/// <para>Input <c>[batch, height, width, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, 1, channels]</c> with keepDims.</para>
/// <para>Keras: <c>GlobalMaxPooling2D</c>; ONNX: GlobalMaxPool or ReduceMax.</para>
/// </summary>
public sealed record GlobalMaxPooling2D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalMaxPooling2D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 2;

    private protected override bool TakesMaximum => true;
}
