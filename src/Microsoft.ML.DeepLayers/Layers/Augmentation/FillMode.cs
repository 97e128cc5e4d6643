namespace Microsoft.ML.DeepLayers;

/// <summary>What stands beyond the borders of an image <c>a b c d</c>.</summary>
public enum FillMode
{
    /// <summary>A value: <c>k k k k | a b c d | k k k k</c>.</summary>
    Constant,

    /// <summary>The pixel at the border: <c>a a a a | a b c d | d d d d</c>.</summary>
    Nearest,

    /// <summary>The image mirrored at its border, border pixels twice: <c>d c b a | a b c d | d c b a</c>.</summary>
    Reflect,

    /// <summary>The image again: <c>a b c d | a b c d | a b c d</c>.</summary>
    Wrap,
}
