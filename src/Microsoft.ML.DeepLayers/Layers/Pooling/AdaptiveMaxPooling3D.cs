namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value in each of so many windows that together cover a volume, channel by channel, whatever its size: window i of
/// n begins at floor(i · length / n) and ends before ceil((i + 1) · length / n), so that neighbours may overlap. The
/// same holds for each axis alone.
/// <para>Input <c>[batch, depth, height, width, channels]</c>; output <c>[batch, output depth, output height, output width, channels]</c>.</para>
/// <para>Keras: <c>AdaptiveMaxPooling3D</c>; ONNX: MaxPool, or Gather and ReduceMax.</para>
/// </summary>
/// <example><c>new AdaptiveMaxPooling3D((2, 7, 7))</c> turns <c>[16, 30, 40, 8]</c> into <c>[2, 7, 7, 8]</c>.</example>
public sealed record AdaptiveMaxPooling3D : AdaptivePooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="outputSize">The number of windows along each axis: <c>7</c>, or <c>(2, 7, 5)</c> for depth, height and width.</param>
    public AdaptiveMaxPooling3D(Size3D outputSize) => OutputSize = outputSize;

    /// <summary>The number of windows along each axis.</summary>
    public Size3D OutputSize { get; }

    private protected override int[] OutputLengths => [OutputSize.Depth, OutputSize.Height, OutputSize.Width];

    private protected override bool TakesMaximum => true;
}
