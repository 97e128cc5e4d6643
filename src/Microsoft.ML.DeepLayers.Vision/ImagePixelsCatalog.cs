using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML;

/// <summary>Image columns as input of networks.</summary>
public static class ImagePixelsCatalog
{
    /// <summary>
    /// Turns a column of images into what a network reads: <c>Vector&lt;Single, height, width, 3&gt;</c>, channels last in
    /// the order red, green, blue, each from 0 to 1. It is ML.NET's ResizeImages and ExtractPixels with the settings that
    /// fit.
    /// </summary>
    /// <param name="catalog">The transforms of <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to make.</param>
    /// <param name="imageHeight">The height that images are brought to, in pixels.</param>
    /// <param name="imageWidth">The width that images are brought to, in pixels.</param>
    /// <param name="inputColumnName">
    /// The column of images (<see cref="MLImage"/>); <see langword="null"/> (the default) for the same name.
    /// </param>
    /// <param name="resizing">How images of other proportions are fitted. Default: the middle is cut out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static IEstimator<ITransformer> ExtractNetworkPixels(
        this TransformsCatalog catalog,
        string outputColumnName,
        int imageHeight,
        int imageWidth,
        string? inputColumnName = null,
        ImageResizingEstimator.ResizingKind resizing = ImageResizingEstimator.ResizingKind.IsoCrop)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageWidth, 1);
        return catalog.ResizeImages(outputColumnName, imageWidth, imageHeight, inputColumnName ?? outputColumnName, resizing)
            .Append(catalog.ExtractPixels(
                outputColumnName,
                orderOfExtraction: ImagePixelExtractingEstimator.ColorsOrder.ARGB,
                interleavePixelColors: true,
                scaleImage: 1f / 255));
    }
}
