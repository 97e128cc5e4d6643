namespace Microsoft.ML.DeepLayers;

/// <summary>What an image is, or has, that it cannot be loaded: for programs, which cannot go by the text of <see cref="ImageLoadException.Reason"/>.</summary>
public enum ImageDefect
{
    /// <summary>The content is damaged or truncated.</summary>
    Damaged,

    /// <summary>There is no file, or it cannot be read.</summary>
    Unreadable,

    /// <summary>The file is empty.</summary>
    Empty,

    /// <summary>The file has too many bytes, or the image too many pixels, by <see cref="PixelLoadingOptions"/> or for the memory.</summary>
    TooLarge,

    /// <summary>The content is of no format that is read, or no image at all.</summary>
    UnknownFormat,
}
