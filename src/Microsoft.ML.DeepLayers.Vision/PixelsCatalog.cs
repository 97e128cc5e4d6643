using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML;

/// <summary>Images as pixels.</summary>
public static class PixelsCatalog
{
    /// <summary>
    /// Loads images as what networks read: <c>Vector&lt;Byte, height, width, 3&gt;</c>, channels last in the order red, green, blue,
    /// each from 0 to 255. They are decoded and resized on all cores, ahead of whoever reads them, in the order of the data.
    /// A network that wants another scale begins with a layer for it, e.g. <c>Rescaling(1 / 255f)</c>.
    /// </summary>
    /// <param name="catalog">The transforms of <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to make.</param>
    /// <param name="imageHeight">The height that images are brought to, in pixels.</param>
    /// <param name="imageWidth">The width that images are brought to, in pixels.</param>
    /// <param name="inputColumnName">
    /// The column that is read: paths (text), encoded files (<c>Vector&lt;Byte&gt;</c>) or images (<see cref="MLImage"/>).
    /// <see langword="null"/> (the default) for the same name.
    /// </param>
    /// <param name="fit">How images of other proportions are fitted. Default: their middle is cut out.</param>
    /// <param name="interpolation">How pixels between pixels are computed. Default: bilinear, antialiased.</param>
    /// <param name="errors">What happens to images that cannot be loaded. Default: an exception that names the image.</param>
    /// <exception cref="ArgumentException">A name is empty, or a size is below 1.</exception>
    /// <example>
    /// <code>
    /// IDataView images = mlContext.Data.LoadImageFolder("flowers");
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.Transforms.LoadPixels("Pixels", 64, 64, "ImagePath"))
    ///     .Append(mlContext.MulticlassClassification.Trainers.NeuralNetwork(network, featureColumnName: "Pixels"));
    /// </code>
    /// </example>
    public static PixelLoadingEstimator LoadPixels(
        this TransformsCatalog catalog,
        string outputColumnName,
        int imageHeight,
        int imageWidth,
        string? inputColumnName = null,
        ImageFit fit = ImageFit.Crop,
        ImageInterpolation interpolation = ImageInterpolation.Bilinear,
        ImageErrors errors = ImageErrors.Fail) =>
        catalog.LoadPixels(new PixelLoadingOptions
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            ImageHeight = imageHeight,
            ImageWidth = imageWidth,
            Fit = fit,
            Interpolation = interpolation,
            Errors = errors,
        });

    /// <summary>Loads images as what networks read, with all settings.</summary>
    /// <param name="catalog">The transforms of <c>mlContext.Transforms</c>.</param>
    /// <param name="options">The settings, and the rules for what is out of the ordinary.</param>
    /// <exception cref="ArgumentException">A setting is not possible.</exception>
    public static PixelLoadingEstimator LoadPixels(this TransformsCatalog catalog, PixelLoadingOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new PixelLoadingEstimator(Catalogs.GetEnvironment(catalog), options);
    }
}
