namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How many outputs a transposed convolution adds at the end of the depth, the height and the width: <c>1</c> converts to
/// one each and <c>(1, 0, 2)</c> to one output more in depth, none in height and two in width. The default value is none.
/// </summary>
public readonly record struct OutputPadding3D
{
    /// <summary>Creates an output padding.</summary>
    /// <param name="depth">The outputs added in depth; at least 0.</param>
    /// <param name="height">The outputs added in height; at least 0.</param>
    /// <param name="width">The outputs added in width; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public OutputPadding3D(int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        (Depth, Height, Width) = (depth, height, width);
    }

    /// <summary>The outputs added in depth.</summary>
    public int Depth { get; }

    /// <summary>The outputs added in height.</summary>
    public int Height { get; }

    /// <summary>The outputs added in width.</summary>
    public int Width { get; }

    /// <summary>As many in every direction.</summary>
    /// <param name="outputs">The outputs added in each direction.</param>
    public static implicit operator OutputPadding3D(int outputs) => new(outputs, outputs, outputs);

    /// <summary>A number for the depth, the height and the width.</summary>
    /// <param name="outputs">The outputs added in each direction.</param>
    public static implicit operator OutputPadding3D((int Depth, int Height, int Width) outputs) => new(outputs.Depth, outputs.Height, outputs.Width);

    /// <summary>The numbers for the depth, the height and the width, e.g. <c>(1, 0, 2)</c>.</summary>
    public override string ToString() => $"({Depth}, {Height}, {Width})";
}
