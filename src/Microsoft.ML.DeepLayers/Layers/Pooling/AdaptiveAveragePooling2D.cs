namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average value in each of so many windows that together cover an image, channel by channel, whatever its size: window i of
/// n begins at floor(i · length / n) and ends before ceil((i + 1) · length / n), so that neighbours may overlap. The
/// same holds for each axis alone.
/// <para>Input <c>[batch, height, width, channels]</c>; output <c>[batch, output height, output width, channels]</c>.</para>
/// <para>Keras: <c>AdaptiveAveragePooling2D</c>; ONNX: AveragePool or Einsum.</para>
/// </summary>
/// <example><c>new AdaptiveAveragePooling2D(7)</c> turns <c>[30, 40, 8]</c> into <c>[7, 7, 8]</c>.</example>
public sealed record AdaptiveAveragePooling2D : AdaptivePooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="outputSize">The number of windows along each axis: <c>7</c>, or <c>(7, 5)</c> for height and width.</param>
    public AdaptiveAveragePooling2D(Size2D outputSize) => OutputSize = outputSize;

    /// <summary>The number of windows along each axis.</summary>
    public Size2D OutputSize { get; }

    private protected override int[] OutputLengths => [OutputSize.Height, OutputSize.Width];

    private protected override bool TakesMaximum => false;
}
