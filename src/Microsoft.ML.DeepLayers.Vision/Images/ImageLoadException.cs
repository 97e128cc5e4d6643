namespace Microsoft.ML.DeepLayers;

/// <summary>An image cannot be loaded. The message names it and the reason.</summary>
public sealed class ImageLoadException : Exception
{
    internal ImageLoadException(string image, ImageDefect defect, string reason, string? advice = null, Exception? innerException = null)
        : base($"The image {image} cannot be loaded: {reason}.{(advice is null ? "" : " " + advice)}", innerException)
    {
        Image = image;
        Defect = defect;
        Reason = reason;
    }

    /// <summary>The image: its path in quotes, or, for one from memory, its column and row.</summary>
    public string Image { get; }

    /// <summary>What is wrong with it, for programs.</summary>
    public ImageDefect Defect { get; }

    /// <summary>What is wrong with it, e.g. <c>the file is empty</c>.</summary>
    public string Reason { get; }
}
