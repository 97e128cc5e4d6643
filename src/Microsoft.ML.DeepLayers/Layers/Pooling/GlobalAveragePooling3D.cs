namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average of each channel over the whole volume.
/// <para>Input <c>[batch, depth, height, width, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, 1, 1, channels]</c> with keepDims.</para>
/// <para>Keras: <c>GlobalAveragePooling3D</c>; ONNX: GlobalAveragePool or ReduceMean.</para>
/// </summary>
public sealed record GlobalAveragePooling3D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalAveragePooling3D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 3;

    private protected override bool TakesMaximum => false;
}
