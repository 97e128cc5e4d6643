namespace Microsoft.ML.DeepLayers;

/// <summary>How <see cref="Layers.RandomFlip"/> mirrors images.</summary>
public enum FlipMode
{
    /// <summary>Left and right change places.</summary>
    Horizontal,

    /// <summary>Top and bottom change places.</summary>
    Vertical,

    /// <summary>Both at once.</summary>
    HorizontalAndVertical,
}
