namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How many outputs a transposed convolution adds at the end of the height and the width: <c>1</c> converts to one each
/// and <c>(1, 0)</c> to one output more in height and none in width. The default value is none.
/// </summary>
public readonly record struct OutputPadding2D
{
    /// <summary>Creates an output padding.</summary>
    /// <param name="height">The outputs added in height; at least 0.</param>
    /// <param name="width">The outputs added in width; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public OutputPadding2D(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        (Height, Width) = (height, width);
    }

    /// <summary>The outputs added in height.</summary>
    public int Height { get; }

    /// <summary>The outputs added in width.</summary>
    public int Width { get; }

    /// <summary>As many in every direction.</summary>
    /// <param name="outputs">The outputs added in each direction.</param>
    public static implicit operator OutputPadding2D(int outputs) => new(outputs, outputs);

    /// <summary>A number for the height and the width.</summary>
    /// <param name="outputs">The outputs added in each direction.</param>
    public static implicit operator OutputPadding2D((int Height, int Width) outputs) => new(outputs.Height, outputs.Width);

    /// <summary>The numbers for the height and the width, e.g. <c>(1, 0)</c>.</summary>
    public override string ToString() => $"({Height}, {Width})";
}
