namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Repeats each step of a sequence, one after the other.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, steps · size, channels]</c>. A mask ends here.</para>
/// <para>Keras: <c>UpSampling1D</c>; ONNX: Resize.</para>
/// </summary>
/// <example><c>new UpSampling1D(2)</c> turns the steps a, b into a, a, b, b.</example>
public sealed record UpSampling1D : UpSamplingLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="size">How many times each step is there; at least 1. Default: 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public UpSampling1D(int size = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
    }

    /// <summary>How many times each step is there.</summary>
    public int Size { get; }

    private protected override int[] Factors => [Size];
}
