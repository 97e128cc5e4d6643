namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average value in each of so many windows that together cover the steps of a sequence, channel by channel, whatever its size: window i of
/// n begins at floor(i · length / n) and ends before ceil((i + 1) · length / n), so that neighbours may overlap.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, output size, channels]</c>.</para>
/// <para>Keras: <c>AdaptiveAveragePooling1D</c>; ONNX: AveragePool or Einsum.</para>
/// </summary>
/// <example><c>new AdaptiveAveragePooling1D(3)</c> turns <c>[8, 4]</c> into <c>[3, 4]</c>.</example>
public sealed record AdaptiveAveragePooling1D : AdaptivePooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="outputSize">The number of windows; at least 1. It may be more than the steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">The output size is below 1.</exception>
    public AdaptiveAveragePooling1D(int outputSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputSize, 1);
        OutputSize = outputSize;
    }

    /// <summary>The number of windows.</summary>
    public int OutputSize { get; }

    private protected override int[] OutputLengths => [OutputSize];

    private protected override bool TakesMaximum => false;
}
