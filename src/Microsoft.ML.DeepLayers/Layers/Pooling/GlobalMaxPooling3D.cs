namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value of each channel over the whole volume.
/// <para>Input <c>[batch, depth, height, width, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, 1, 1, channels]</c> with keepDims.</para>
/// <para>Keras: <c>GlobalMaxPooling3D</c>; ONNX: GlobalMaxPool or ReduceMax.</para>
/// </summary>
public sealed record GlobalMaxPooling3D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalMaxPooling3D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 3;

    private protected override bool TakesMaximum => true;
}
