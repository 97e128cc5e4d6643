namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The height and width of a kernel, pool, stride or dilation: <c>3</c> converts to 3 × 3 and <c>(3, 5)</c> to a height
/// of 3 and a width of 5. The default value is 1 × 1.
/// </summary>
public readonly record struct Size2D
{
    // One less than what they stand for, so that the default value is 1 x 1 and no invalid value exists.
    private readonly int heightLessOne;
    private readonly int widthLessOne;

    /// <summary>Creates a size.</summary>
    /// <param name="height">The height; at least 1.</param>
    /// <param name="width">The width; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The height or the width is below 1.</exception>
    public Size2D(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (heightLessOne, widthLessOne) = (height - 1, width - 1);
    }

    /// <summary>The height.</summary>
    public int Height => heightLessOne + 1;

    /// <summary>The width.</summary>
    public int Width => widthLessOne + 1;

    /// <summary>The same size in both directions.</summary>
    /// <param name="size">The height and the width.</param>
    public static implicit operator Size2D(int size) => new(size, size);

    /// <summary>A height and a width.</summary>
    /// <param name="size">The height and the width.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>The height and the width, e.g. <c>(3, 5)</c>.</summary>
    public override string ToString() => $"({Height}, {Width})";
}
