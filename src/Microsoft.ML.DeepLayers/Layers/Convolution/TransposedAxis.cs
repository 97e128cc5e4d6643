namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// One axis of a transposed convolution, with Keras's rules. Each input adds the kernel, scaled, to the outputs from
/// position · stride on; of these outputs some are cropped, or positions of nothing are added at the end.
/// </summary>
internal readonly record struct TransposedAxis(int Size, int Stride, int Dilation, Padding Padding, int? OutputPadding)
{
    /// <summary>An axis of one position, which a sequence has beside its steps when it is taken for an image.</summary>
    public static TransposedAxis Single { get; } = new(1, 1, 1, Padding.Valid, null);

    /// <summary>How many positions the kernel reaches over, holes included.</summary>
    public long Span => ((Size - 1L) * Dilation) + 1;

    /// <summary>How many positions are cropped before and after; a negative number after is one of positions added.</summary>
    public (long Begin, long End) Crops
    {
        get
        {
            // With Same, the outputs are those inputs from which a convolution with Padding.Same makes the inputs given
            // here, so that its padding, with the odd one at the end, is what is cropped.
            long total = (Padding, OutputPadding) switch
            {
                (Padding.Same, null) => Span - Stride,
                (Padding.Same, { } added) => Span - (Span % 2) - added,
                (_, null) => Math.Min(0, Span - Stride),
                (_, { } added) => -added,
            };
            long begin = Math.Max(0, total) / 2;
            return (begin, total - begin);
        }
    }

    /// <summary>The number of outputs; 0 where none is left, variable where the length is.</summary>
    public int OutputLength(int length) =>
        length == Shape.Variable ? Shape.Variable : (int)Math.Max(0, ((length - 1L) * Stride) + Span - Crops.Begin - Crops.End);
}
