using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Losses;

namespace Microsoft.ML;

/// <summary>Published networks for images in ML.NET's catalogs.</summary>
public static class ImageTrainerCatalog
{
    /// <summary>
    /// Multiclass classification of images with a published network. Input: a label column (a key) and a column of pixels
    /// (<c>Vector&lt;Byte, height, width, 3&gt;</c>). Output: <c>PredictedLabel</c> (key, with the label's values), <c>Score</c>
    /// (Vector&lt;Single&gt;, a probability for each class).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.MulticlassClassification</c>.</param>
    /// <param name="backbone">The network. Its top is left out: the output layer that the task needs is added.</param>
    /// <param name="weights">Its weights; <see langword="null"/> (the default) starts from random ones.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of pixels. Default: <c>Pixels</c>.</param>
    /// <param name="epochs">The epochs in which the backbone learns; before them, with <paramref name="weights"/>, the output layer alone learns for 5. Default: 5.</param>
    /// <example>
    /// <code>
    /// var backbone = new ResNet18();
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(ml.Transforms.LoadPixels("Pixels", backbone.Height, backbone.Width, "ImagePath"))
    ///     .Append(ml.MulticlassClassification.Trainers.ImageClassification(backbone, weights))
    ///     .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static ImageTrainer ImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        Backbone backbone,
        NetworkWeights? weights = null,
        string labelColumnName = "Label",
        string featureColumnName = "Pixels",
        int epochs = 5) =>
        catalog.ImageClassification(backbone, Options(weights, labelColumnName, featureColumnName, epochs));

    /// <summary>Multiclass classification of images with a published network and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.MulticlassClassification</c>.</param>
    /// <param name="backbone">The network. Its top is left out.</param>
    /// <param name="options">The settings.</param>
    public static ImageTrainer ImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, Backbone backbone, ImageTrainingOptions options) =>
        new(Catalogs.GetEnvironment(catalog), catalog.NeuralNetwork, backbone, options);

    /// <summary>
    /// Binary classification of images with a published network. Input: a label column (a boolean, a key of two, or a number) and a
    /// column of pixels (<c>Vector&lt;Byte, height, width, 3&gt;</c>). Output: <c>PredictedLabel</c> (Boolean), <c>Score</c> (Single, the
    /// logit), <c>Probability</c> (Single).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.BinaryClassification</c>.</param>
    /// <param name="backbone">The network. Its top is left out: the output layer that the task needs is added.</param>
    /// <param name="weights">Its weights; <see langword="null"/> (the default) starts from random ones.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of pixels. Default: <c>Pixels</c>.</param>
    /// <param name="epochs">The epochs in which the backbone learns; before them, with <paramref name="weights"/>, the output layer alone learns for 5. Default: 5.</param>
    public static ImageTrainer ImageClassification(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        Backbone backbone,
        NetworkWeights? weights = null,
        string labelColumnName = "Label",
        string featureColumnName = "Pixels",
        int epochs = 5) =>
        catalog.ImageClassification(backbone, Options(weights, labelColumnName, featureColumnName, epochs));

    /// <summary>Binary classification of images with a published network and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.BinaryClassification</c>.</param>
    /// <param name="backbone">The network. Its top is left out.</param>
    /// <param name="options">The settings.</param>
    public static ImageTrainer ImageClassification(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, Backbone backbone, ImageTrainingOptions options) =>
        new(Catalogs.GetEnvironment(catalog), catalog.NeuralNetwork, backbone, options);

    /// <summary>
    /// Numbers from images with a published network. Input: a label column (a number, or a vector of numbers) and a column of pixels
    /// (<c>Vector&lt;Byte, height, width, 3&gt;</c>). Output: <c>Score</c> (Single, or a vector of them).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="backbone">The network. Its top is left out: the output layer that the task needs is added.</param>
    /// <param name="weights">Its weights; <see langword="null"/> (the default) starts from random ones.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of pixels. Default: <c>Pixels</c>.</param>
    /// <param name="epochs">The epochs in which the backbone learns; before them, with <paramref name="weights"/>, the output layer alone learns for 5. Default: 5.</param>
    public static ImageTrainer ImageRegression(
        this RegressionCatalog.RegressionTrainers catalog,
        Backbone backbone,
        NetworkWeights? weights = null,
        string labelColumnName = "Label",
        string featureColumnName = "Pixels",
        int epochs = 5) =>
        catalog.ImageRegression(backbone, Options(weights, labelColumnName, featureColumnName, epochs));

    /// <summary>Numbers from images with a published network and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="backbone">The network. Its top is left out.</param>
    /// <param name="options">The settings.</param>
    public static ImageTrainer ImageRegression(this RegressionCatalog.RegressionTrainers catalog, Backbone backbone, ImageTrainingOptions options) =>
        new(Catalogs.GetEnvironment(catalog), catalog.NeuralNetwork, backbone, options);

    /// <summary>
    /// Several labels for an image, each true or not, with a published network. Input: a label column (a vector of 0 and 1) and a column
    /// of pixels (<c>Vector&lt;Byte, height, width, 3&gt;</c>). Output: <c>Score</c> (Vector&lt;Single&gt;, a probability for each label). ML.NET has
    /// no catalog for this task; see <see cref="BinaryCrossentropy"/>.
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="backbone">The network. Its top is left out: the output layer that the task needs is added.</param>
    /// <param name="weights">Its weights; <see langword="null"/> (the default) starts from random ones.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of pixels. Default: <c>Pixels</c>.</param>
    /// <param name="epochs">The epochs in which the backbone learns; before them, with <paramref name="weights"/>, the output layer alone learns for 5. Default: 5.</param>
    public static ImageTrainer MultiLabelImageClassification(
        this RegressionCatalog.RegressionTrainers catalog,
        Backbone backbone,
        NetworkWeights? weights = null,
        string labelColumnName = "Label",
        string featureColumnName = "Pixels",
        int epochs = 5) =>
        catalog.MultiLabelImageClassification(backbone, Options(weights, labelColumnName, featureColumnName, epochs));

    /// <summary>Several labels for an image, each true or not, with a published network and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="backbone">The network. Its top is left out.</param>
    /// <param name="options">The settings. Without a loss, it is <see cref="BinaryCrossentropy"/>.</param>
    public static ImageTrainer MultiLabelImageClassification(
        this RegressionCatalog.RegressionTrainers catalog, Backbone backbone, ImageTrainingOptions options) =>
        new(
            Catalogs.GetEnvironment(catalog),
            (network, settings) =>
            {
                settings.Loss ??= new BinaryCrossentropy();
                return catalog.NeuralNetwork(network, settings);
            },
            backbone, options);

    private static ImageTrainingOptions Options(NetworkWeights? weights, string labelColumnName, string featureColumnName, int epochs) => new()
    {
        Weights = weights,
        LabelColumnName = labelColumnName,
        FeatureColumnName = featureColumnName,
        Epochs = epochs,
    };
}
