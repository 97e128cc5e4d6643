namespace Microsoft.ML.DeepLayers;

/// <summary>How an image of other proportions is brought to a given size.</summary>
public enum ImageFit
{
    /// <summary>
    /// The image is resized, keeping its proportions, until it covers the size, and its middle is cut out: torchvision's
    /// <c>Resize</c> and <c>CenterCrop</c>. The default.
    /// </summary>
    Crop,

    /// <summary>
    /// The image is resized, keeping its proportions, until it fits into the size, and put into the middle; what is left is
    /// filled with <see cref="PixelLoadingOptions.PadColor"/>. Nothing is cut off: Pillow's <c>ImageOps.pad</c>.
    /// </summary>
    Pad,

    /// <summary>The image is resized to the size, and its proportions change.</summary>
    Stretch,
}
