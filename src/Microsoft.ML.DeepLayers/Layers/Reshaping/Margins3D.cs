namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How many positions are cut off, or added, around a volume. As in Keras, <c>2</c> converts to two on every side,
/// <c>(1, 2, 3)</c> to the same number at both ends of the depth, the height and the width, and
/// <c>((1, 2), (3, 4), (5, 6))</c> to a number for each end. The default value is none.
/// </summary>
/// <param name="Depth">The positions at both ends of the depth.</param>
/// <param name="Height">The positions at both ends of the height.</param>
/// <param name="Width">The positions at both ends of the width.</param>
public readonly record struct Margins3D(Margin Depth, Margin Height, Margin Width)
{
    /// <summary>The same number on every side.</summary>
    /// <param name="size">The number of positions on each side.</param>
    public static implicit operator Margins3D(int size) => new(size, size, size);

    /// <summary>The same number on opposite sides.</summary>
    /// <param name="sizes">The number of positions at both ends of the depth, the height and the width.</param>
    public static implicit operator Margins3D((int Depth, int Height, int Width) sizes) => new(sizes.Depth, sizes.Height, sizes.Width);

    /// <summary>A number for each side.</summary>
    /// <param name="margins">The positions at either end of the depth, the height and the width.</param>
    public static implicit operator Margins3D(((int Begin, int End) Depth, (int Begin, int End) Height, (int Begin, int End) Width) margins) =>
        new(margins.Depth, margins.Height, margins.Width);

    /// <summary>All numbers, e.g. <c>((1, 2), (3, 4), (5, 6))</c>.</summary>
    public override string ToString() => $"({Depth}, {Height}, {Width})";
}
