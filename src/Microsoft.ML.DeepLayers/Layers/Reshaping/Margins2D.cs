namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How many rows and columns are cut off, or added, around an image. As in Keras, <c>2</c> converts to two on every side,
/// <c>(1, 2)</c> to one row at the top and bottom and two columns at the left and right, and <c>((1, 2), (3, 4))</c> to
/// top, bottom, left and right. The default value is none.
/// </summary>
/// <param name="Height">The rows at the top (begin) and at the bottom (end).</param>
/// <param name="Width">The columns at the left (begin) and at the right (end).</param>
public readonly record struct Margins2D(Margin Height, Margin Width)
{
    /// <summary>The same number on every side.</summary>
    /// <param name="size">The number of rows or columns on each side.</param>
    public static implicit operator Margins2D(int size) => new(size, size);

    /// <summary>The same number on opposite sides.</summary>
    /// <param name="sizes">The number of rows at the top and bottom, and of columns at the left and right.</param>
    public static implicit operator Margins2D((int Height, int Width) sizes) => new(sizes.Height, sizes.Width);

    /// <summary>A number for each side.</summary>
    /// <param name="margins">The rows at the top and at the bottom, and the columns at the left and at the right.</param>
    public static implicit operator Margins2D(((int Top, int Bottom) Height, (int Left, int Right) Width) margins) =>
        new(margins.Height, margins.Width);

    /// <summary>All numbers, e.g. <c>((1, 2), (3, 4))</c>.</summary>
    public override string ToString() => $"({Height}, {Width})";
}
