namespace Microsoft.ML.DeepLayers;

/// <summary>What happens to images that cannot be loaded.</summary>
public enum ImageErrors
{
    /// <summary>An exception names the image and the reason. The default.</summary>
    Fail,

    /// <summary>The image is left out, and a warning of the MLContext's log names it and the reason.</summary>
    Skip,
}
