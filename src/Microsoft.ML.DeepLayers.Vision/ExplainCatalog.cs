using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML;

/// <summary>Pictures that show where in images a network sees a class, as columns.</summary>
public static class ExplainCatalog
{
    /// <summary>
    /// Adds a column of pictures (<see cref="MLImage"/>) on which colors show where in an image the network sees a class, by
    /// <see cref="DeepLayers.GradCam"/>. It reads the columns that the network reads. It needs libtorch when a picture is asked
    /// for. A model zip holds it with a copy of the network.
    /// </summary>
    /// <param name="catalog">The transforms of <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to make.</param>
    /// <param name="model">The fitted or loaded model: a <see cref="NeuralNetworkTransformer"/>, or a chain whose last predictor is one.</param>
    /// <param name="imageColumnName">
    /// The column of pictures (<see cref="MLImage"/>, of any size) to draw on; left out to draw on what the network reads.
    /// </param>
    /// <param name="layerName">The layer whose feature map is looked at; left out for the last one behind a convolution.</param>
    /// <param name="classIndex">The class, from 0; left out for the one that is predicted for each image.</param>
    /// <param name="overlay">The colors; left out for the defaults.</param>
    /// <exception cref="ArgumentException">The model contains no neural network, or it reads no image, has no convolution, or no such layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <example>
    /// <code>
    /// IDataView scored = model.Transform(images);
    /// IDataView explained = mlContext.Transforms.GradCam("Overlay", model).Fit(scored).Transform(scored);
    /// </code>
    /// </example>
    public static HeatMapOverlayEstimator GradCam(
        this TransformsCatalog catalog,
        string outputColumnName,
        ITransformer model,
        string? imageColumnName = null,
        string? layerName = null,
        int? classIndex = null,
        OverlayOptions? overlay = null) =>
        Create(catalog, new GradCam(model, layerName), outputColumnName, imageColumnName, classIndex, overlay);

    /// <summary>
    /// Adds a column of pictures (<see cref="MLImage"/>) on which colors show where in an image the network sees a class, by
    /// <see cref="DeepLayers.Occlusion"/>. It reads the columns that the network reads, and scores each image some hundred
    /// times. A model zip holds it with a copy of the network.
    /// </summary>
    /// <param name="catalog">The transforms of <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to make.</param>
    /// <param name="model">The fitted or loaded model: a <see cref="NeuralNetworkTransformer"/>, or a chain whose last predictor is one.</param>
    /// <param name="imageColumnName">
    /// The column of pictures (<see cref="MLImage"/>, of any size) to draw on; left out to draw on what the network reads.
    /// </param>
    /// <param name="patchSize">The height and width of the patch, in pixels as the network reads them. Left out: a seventh of the shorter side.</param>
    /// <param name="stride">By how many pixels the patch is moved. Left out: half of its size.</param>
    /// <param name="fillValue">The patch's color, on the scale of the training data; left out for the mean of each channel of the image.</param>
    /// <param name="classIndex">The class, from 0; left out for the one that is predicted for each image.</param>
    /// <param name="overlay">The colors; left out for the defaults.</param>
    /// <exception cref="ArgumentException">The model contains no neural network, or it reads no image.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class, or the patch or the stride is too large.</exception>
    public static HeatMapOverlayEstimator Occlusion(
        this TransformsCatalog catalog,
        string outputColumnName,
        ITransformer model,
        string? imageColumnName = null,
        Size2D? patchSize = null,
        Size2D? stride = null,
        float? fillValue = null,
        int? classIndex = null,
        OverlayOptions? overlay = null) =>
        Create(catalog, new Occlusion(model, patchSize, stride, fillValue), outputColumnName, imageColumnName, classIndex, overlay);

    private static HeatMapOverlayEstimator Create(
        TransformsCatalog catalog, ImageExplainer explainer, string outputColumnName, string? imageColumnName, int? classIndex, OverlayOptions? overlay)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        explainer.Network.CheckClass(classIndex);
        return new HeatMapOverlayEstimator(new HeatMapOverlayTransformer(
            Catalogs.GetEnvironment(catalog), explainer, outputColumnName, imageColumnName, classIndex, overlay ?? OverlayOptions.Default));
    }
}
