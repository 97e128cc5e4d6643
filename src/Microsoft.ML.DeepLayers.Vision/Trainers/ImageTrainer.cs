using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Trains a <see cref="Backbone"/> on images of one's own as an ML.NET estimator: from published weights by transfer learning, or from
/// random ones. Made by <c>ImageClassification(...)</c> on <c>MulticlassClassification.Trainers</c> and
/// <c>BinaryClassification.Trainers</c>, and by <c>ImageRegression(...)</c> and <c>MultiLabelImageClassification(...)</c> on
/// <c>Regression.Trainers</c>. What comes of it is the transformer that <c>NeuralNetwork(...)</c> gives.
/// </summary>
public sealed class ImageTrainer : ITrainerEstimator<NeuralNetworkTransformer, NeuralNetworkModelParameters>
{
    private readonly IHostEnvironment environment;
    private readonly Func<Network, NeuralNetworkOptions, NeuralNetworkTrainer> createTrainer;
    private readonly ImageTrainingOptions options;
    private readonly ImageNetworks networks;

    internal ImageTrainer(
        IHostEnvironment environment, Func<Network, NeuralNetworkOptions, NeuralNetworkTrainer> createTrainer, Backbone backbone, ImageTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.environment = environment;
        this.createTrainer = createTrainer;
        this.options = options;
        networks = new ImageNetworks(backbone, options);
        Info = WholeTrainer(0).Info;
    }

    /// <summary>The network that is trained, without the output layer that the task adds.</summary>
    public Network Network => networks.Whole;

    /// <summary>What ML.NET may want to know: see <see cref="NeuralNetworkTrainer.Info"/>.</summary>
    public TrainerInfo Info { get; }

    /// <summary>Trains on images. A validation set is held out where the options say so.</summary>
    /// <param name="input">The training data.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="WeightMismatchException">The weights are not the backbone's.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used, or training diverged.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public NeuralNetworkTransformer Fit(IDataView input) => Train(input, null);

    /// <summary>Trains on images and measures every epoch on a validation set.</summary>
    /// <param name="trainData">The training data.</param>
    /// <param name="validationData">The validation data, with the same columns.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    /// <exception cref="WeightMismatchException">The weights are not the backbone's.</exception>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used, or training diverged.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public NeuralNetworkTransformer Fit(IDataView trainData, IDataView validationData)
    {
        ArgumentNullException.ThrowIfNull(validationData);
        return Train(trainData, validationData);
    }

    /// <summary>Promises the output columns, without data.</summary>
    /// <param name="inputSchema">What the data promises.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type; the message names it.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => WholeTrainer(0).GetOutputSchema(inputSchema);

    private NeuralNetworkTransformer Train(IDataView input, IDataView? validation)
    {
        ArgumentNullException.ThrowIfNull(input);
        options.Validate();
        // Both phases hold out the same images.
        int seed = options.Seed ?? HostEnvironments.GetSeed(environment) ?? Random.Shared.Next();
        NeuralNetworkTransformer? start = null;
        if (networks.Weights is not null && options.HeadEpochs > 0)
        {
            start = options.CacheFeatures ? TrainHead(input, validation, seed) : TrainBehindFrozen(input, validation, seed);
            if (options.Epochs == 0)
            {
                return start;
            }
        }

        using (start)
        {
            return Fit(WholeTrainer(seed, start), input, validation);
        }
    }

    /// <summary>The first phase on features that are computed once, as far as they fit into memory.</summary>
    private NeuralNetworkTransformer TrainHead(IDataView input, IDataView? validation, int seed)
    {
        using NeuralNetworkTransformer extractor = networks.CreateExtractor(environment, input.Schema);
        NeuralNetworkOptions settings = Settings(options.HeadEpochs, options.HeadOptimizer, seed);
        settings.FeatureColumnName = ImageNetworks.FeaturesName;
        using NeuralNetworkTransformer head = Fit(
            createTrainer(networks.Head, settings), extractor.Transform(input), validation is null ? null : extractor.Transform(validation));
        return WholeTrainer(seed).Assemble(input.Schema, networks.Join(head.Model.GetWeights()), head.History);
    }

    /// <summary>The first phase with all of the network, whose backbone does not learn.</summary>
    private NeuralNetworkTransformer TrainBehindFrozen(IDataView input, IDataView? validation, int seed)
    {
        NeuralNetworkOptions settings = Settings(options.HeadEpochs, options.HeadOptimizer, seed);
        settings.InitialWeights = networks.Weights;
        return Fit(createTrainer(networks.Frozen, settings), input, validation);
    }

    private NeuralNetworkTrainer WholeTrainer(int seed, ITransformer? start = null)
    {
        Optimizer optimizer = options.Optimizer ?? new Adam(networks.Weights is null ? 1e-3f : 1e-4f);
        NeuralNetworkOptions settings = Settings(Math.Max(1, options.Epochs), optimizer, seed);
        settings.MixUpAlpha = options.MixUpAlpha;
        settings.CutMixAlpha = options.CutMixAlpha;
        if (options.UpdateBatchNormalization && (networks.Weights is null || options.TrainBatchNormalization))
        {
            // Last: early stopping puts weights back.
            settings.Callbacks.Add(new BatchNormalizationUpdate());
        }

        settings.InitialModel = start;
        settings.InitialWeights = start is null ? networks.Weights : null;
        return createTrainer(networks.Whole, settings);
    }

    private static NeuralNetworkTransformer Fit(NeuralNetworkTrainer trainer, IDataView input, IDataView? validation) =>
        validation is null ? trainer.Fit(input) : trainer.Fit(input, validation);

    private NeuralNetworkOptions Settings(int epochs, Optimizer optimizer, int seed) => new()
    {
        LabelColumnName = options.LabelColumnName,
        FeatureColumnName = options.FeatureColumnName,
        Epochs = epochs,
        BatchSize = options.BatchSize,
        Optimizer = optimizer,
        Loss = options.Loss,
        Metrics = [.. options.Metrics],
        ClassWeights = options.ClassWeights,
        ValidationFraction = options.ValidationFraction,
        StratifiedValidation = options.StratifiedValidation,
        Callbacks = [.. options.Callbacks],
        CacheBytes = options.CacheBytes,
        Seed = seed,
        Device = options.Device,
        Precision = options.Precision,
        Progress = options.Progress,
        CancellationToken = options.CancellationToken,
    };
}
