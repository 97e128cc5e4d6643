namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How many positions are cut off, or added, at both ends of one axis: <c>2</c> converts to two at either end and
/// <c>(1, 2)</c> to one at the beginning and two at the end. The default value is none.
/// </summary>
public readonly record struct Margin
{
    /// <summary>Creates a margin.</summary>
    /// <param name="begin">The number of positions at the beginning; at least 0.</param>
    /// <param name="end">The number of positions at the end; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 0.</exception>
    public Margin(int begin, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(begin);
        ArgumentOutOfRangeException.ThrowIfNegative(end);
        (Begin, End) = (begin, end);
    }

    /// <summary>The number of positions at the beginning.</summary>
    public int Begin { get; }

    /// <summary>The number of positions at the end.</summary>
    public int End { get; }

    /// <summary>The positions at both ends together.</summary>
    internal long Total => (long)Begin + End;

    /// <summary>The same number at both ends.</summary>
    /// <param name="size">The number of positions at either end.</param>
    public static implicit operator Margin(int size) => new(size, size);

    /// <summary>A number for either end.</summary>
    /// <param name="margin">The number of positions at the beginning and at the end.</param>
    public static implicit operator Margin((int Begin, int End) margin) => new(margin.Begin, margin.End);

    /// <summary>Both numbers, e.g. <c>(1, 2)</c>.</summary>
    public override string ToString() => $"({Begin}, {End})";
}
