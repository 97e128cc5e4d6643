namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The depth, height and width of a kernel, pool, stride or dilation: <c>3</c> converts to 3 × 3 × 3 and <c>(2, 3, 5)</c>
/// to a depth of 2, a height of 3 and a width of 5. The default value is 1 × 1 × 1.
/// </summary>
public readonly record struct Size3D
{
    // One less than what they stand for, so that the default value is 1 x 1 x 1 and no invalid value exists.
    private readonly int depthLessOne;
    private readonly int heightLessOne;
    private readonly int widthLessOne;

    /// <summary>Creates a size.</summary>
    /// <param name="depth">The depth; at least 1.</param>
    /// <param name="height">The height; at least 1.</param>
    /// <param name="width">The width; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth, the height or the width is below 1.</exception>
    public Size3D(int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (depthLessOne, heightLessOne, widthLessOne) = (depth - 1, height - 1, width - 1);
    }

    /// <summary>The depth.</summary>
    public int Depth => depthLessOne + 1;

    /// <summary>The height.</summary>
    public int Height => heightLessOne + 1;

    /// <summary>The width.</summary>
    public int Width => widthLessOne + 1;

    /// <summary>The same size in all three directions.</summary>
    /// <param name="size">The depth, the height and the width.</param>
    public static implicit operator Size3D(int size) => new(size, size, size);

    /// <summary>A depth, a height and a width.</summary>
    /// <param name="size">The depth, the height and the width.</param>
    public static implicit operator Size3D((int Depth, int Height, int Width) size) => new(size.Depth, size.Height, size.Width);

    /// <summary>The depth, the height and the width, e.g. <c>(2, 3, 5)</c>.</summary>
    public override string ToString() => $"({Depth}, {Height}, {Width})";
}
