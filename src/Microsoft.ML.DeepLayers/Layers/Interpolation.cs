namespace Microsoft.ML.DeepLayers;

/// <summary>Where an image that is enlarged takes the values of its new pixels from.</summary>
public enum Interpolation
{
    /// <summary>From the nearest pixel: rows and columns are repeated.</summary>
    Nearest,

    /// <summary>
    /// From the four nearest pixels, in proportion to how near their centers are. The center of pixel i of n is at
    /// (i + 0.5) / n of the width; beyond the outermost centers the outermost pixel's value stays.
    /// </summary>
    Bilinear,
}
