using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Trainers;

namespace Microsoft.ML;

/// <summary>Neural networks of one's own for ML.NET's catalogs.</summary>
public static class DeepLayersCatalog
{
    /// <summary>
    /// Binary classification with a network of your own. Input: a label column (a boolean, a key of two, or a number (above 0 for true)) and a feature column (a
    /// vector of known size). Output: <c>PredictedLabel</c> (Boolean), <c>Score</c> (Single, the logit), <c>Probability</c> (Single).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.BinaryClassification</c>.</param>
    /// <param name="network">The network, without an output layer: that is added.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of features. Default: <c>Features</c>.</param>
    /// <param name="exampleWeightColumnName">The column of example weights, if any.</param>
    /// <param name="epochs">How often training goes through the data. Default: 10.</param>
    /// <param name="batchSize">The number of examples of a step. Default: 32.</param>
    /// <param name="learningRate">The size of Adam's steps. Default: 0.001.</param>
    /// <param name="validationFraction">The part of the data held out to measure each epoch on. Default: 0.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(64, Activation.ReLU) }, epochs: 20);
    /// </code>
    /// </example>
    public static NeuralNetworkTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        Network network,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int epochs = 10,
        int batchSize = 32,
        float learningRate = 1e-3f,
        float validationFraction = 0) =>
        catalog.NeuralNetwork(network, Options(labelColumnName, featureColumnName, exampleWeightColumnName, epochs, batchSize, learningRate, validationFraction));

    /// <summary>Binary classification with a network of your own and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.BinaryClassification</c>.</param>
    /// <param name="network">The network, without an output layer unless the options say that it has one.</param>
    /// <param name="options">The settings.</param>
    public static NeuralNetworkTrainer NeuralNetwork(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, Network network, NeuralNetworkOptions options) =>
        new(Catalogs.GetEnvironment(catalog), new BinaryHead(), network, options);

    /// <summary>
    /// Multiclass classification with a network of your own. Input: a label column (a key) and a feature column (a
    /// vector of known size). Output: <c>PredictedLabel</c> (key, with the label's values), <c>Score</c> (Vector&lt;Single&gt;, a
    /// probability for each class).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.MulticlassClassification</c>.</param>
    /// <param name="network">The network, without an output layer: that is added.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of features. Default: <c>Features</c>.</param>
    /// <param name="exampleWeightColumnName">The column of example weights, if any.</param>
    /// <param name="epochs">How often training goes through the data. Default: 10.</param>
    /// <param name="batchSize">The number of examples of a step. Default: 32.</param>
    /// <param name="learningRate">The size of Adam's steps. Default: 0.001.</param>
    /// <param name="validationFraction">The part of the data held out to measure each epoch on. Default: 0.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(64, Activation.ReLU) }, epochs: 20);
    /// </code>
    /// </example>
    public static NeuralNetworkTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        Network network,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int epochs = 10,
        int batchSize = 32,
        float learningRate = 1e-3f,
        float validationFraction = 0) =>
        catalog.NeuralNetwork(network, Options(labelColumnName, featureColumnName, exampleWeightColumnName, epochs, batchSize, learningRate, validationFraction));

    /// <summary>Multiclass classification with a network of your own and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.MulticlassClassification</c>.</param>
    /// <param name="network">The network, without an output layer unless the options say that it has one.</param>
    /// <param name="options">The settings.</param>
    public static NeuralNetworkTrainer NeuralNetwork(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, Network network, NeuralNetworkOptions options) =>
        new(Catalogs.GetEnvironment(catalog), new MulticlassHead(), network, options);

    /// <summary>
    /// Regression with a network of your own. Input: a label column (a number (Single)) and a feature column (a
    /// vector of known size). Output: <c>Score</c> (Single).
    /// </summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="network">The network, without an output layer: that is added.</param>
    /// <param name="labelColumnName">The label's column. Default: <c>Label</c>.</param>
    /// <param name="featureColumnName">The column of features. Default: <c>Features</c>.</param>
    /// <param name="exampleWeightColumnName">The column of example weights, if any.</param>
    /// <param name="epochs">How often training goes through the data. Default: 10.</param>
    /// <param name="batchSize">The number of examples of a step. Default: 32.</param>
    /// <param name="learningRate">The size of Adam's steps. Default: 0.001.</param>
    /// <param name="validationFraction">The part of the data held out to measure each epoch on. Default: 0.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(64, Activation.ReLU) }, epochs: 20);
    /// </code>
    /// </example>
    public static NeuralNetworkTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog,
        Network network,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int epochs = 10,
        int batchSize = 32,
        float learningRate = 1e-3f,
        float validationFraction = 0) =>
        catalog.NeuralNetwork(network, Options(labelColumnName, featureColumnName, exampleWeightColumnName, epochs, batchSize, learningRate, validationFraction));

    /// <summary>Regression with a network of your own and all settings.</summary>
    /// <param name="catalog">The trainers of <c>mlContext.Regression</c>.</param>
    /// <param name="network">The network, without an output layer unless the options say that it has one.</param>
    /// <param name="options">The settings.</param>
    public static NeuralNetworkTrainer NeuralNetwork(this RegressionCatalog.RegressionTrainers catalog, Network network, NeuralNetworkOptions options) =>
        new(Catalogs.GetEnvironment(catalog), new RegressionHead(), network, options);

    private static NeuralNetworkOptions Options(
        string label, string features, string? weight, int epochs, int batchSize, float learningRate, float validationFraction) => new()
        {
            LabelColumnName = label,
            FeatureColumnName = features,
            ExampleWeightColumnName = weight,
            Epochs = epochs,
            BatchSize = batchSize,
            Optimizer = new Adam(learningRate),
            ValidationFraction = validationFraction,
        };
}
