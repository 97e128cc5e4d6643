using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How a <see cref="Backbone"/> is trained on images of one's own. With <see cref="Weights"/> that somebody else has trained, in two
/// phases: first the new output layer alone, on features that are computed once; then all of it, with smaller steps, the smaller the
/// nearer to the input. Without, in one.
/// </summary>
public sealed class ImageTrainingOptions
{
    /// <summary>The label's column. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The column of pixels, <c>Vector&lt;Byte, height, width, 3&gt;</c> (or of numbers from 0 to 255), in the backbone's size. Default: <c>Pixels</c>.</summary>
    public string FeatureColumnName { get; set; } = "Pixels";

    /// <summary>The backbone's weights, e.g. of a file of torchvision's, without the top. <see langword="null"/> (the default) starts from random ones.</summary>
    public NetworkWeights? Weights { get; set; }

    /// <summary>
    /// The epochs of the first phase, in which the backbone stays as it is; at least 0. Default: 5. Of no meaning without
    /// <see cref="Weights"/>: a random backbone sees nothing.
    /// </summary>
    public int HeadEpochs { get; set; } = 5;

    /// <summary>The epochs in which the backbone learns; at least 0, which leaves it as it is. Default: 5.</summary>
    public int Epochs { get; set; } = 5;

    /// <summary>The number of examples of a step; at least 1. Default: 32.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>How the output layer learns in the first phase. Default: <see cref="Adam"/> with 0.001.</summary>
    public Optimizer HeadOptimizer { get; set; } = new Adam();

    /// <summary>
    /// How the whole network learns. <see langword="null"/> (the default) is <see cref="Adam"/>: with 0.0001 from given weights, with
    /// 0.001 from random ones.
    /// </summary>
    public Optimizer? Optimizer { get; set; }

    /// <summary>
    /// From given weights: by what the learning rate is multiplied from one stage of the backbone
    /// (<see cref="Backbone.GetStages"/>) to the one before it, because what lies near the input fits most images already; above 0 and
    /// at most 1. Default: 0.5. fastai: discriminative learning rates.
    /// </summary>
    public float StageFactor { get; set; } = 0.5f;

    /// <summary>
    /// From given weights: whether batch normalizations learn and count the new images, too. Default: <see langword="false"/>, as
    /// Keras's guide to fine-tuning has it: small batches would spoil their statistics.
    /// </summary>
    public bool TrainBatchNormalization { get; set; }

    /// <summary>
    /// Where batch normalizations learn: whether their means and variances are computed anew for the final weights, by another pass
    /// over the training images (<see cref="BatchNormalizationUpdate"/>). The moving ones lag behind in short trainings; with them
    /// the epochs are validated. Default: <see langword="true"/>.
    /// </summary>
    public bool UpdateBatchNormalization { get; set; } = true;

    /// <summary>
    /// Whether the backbone's features are computed once for the first phase, by ONNX Runtime (bottleneck features). They are those of the
    /// images without <see cref="Augmentation"/>. Default: <see langword="true"/>.
    /// </summary>
    public bool CacheFeatures { get; set; } = true;

    /// <summary>
    /// What changes images at random in training, in this order, before the backbone: e.g. <see cref="RandomFlip"/>,
    /// <see cref="RandomResizedCrop"/>, <see cref="RandAugment"/>. Pixels are from 0 to 255. Default: nothing.
    /// </summary>
    public IList<Layer> Augmentation { get; init; } = [];

    /// <summary>The share of features that are left out at random before the output layer, in training; from 0 to below 1. Default: 0.2.</summary>
    public float Dropout { get; set; } = 0.2f;

    /// <summary>Mixes images and their losses while the backbone learns, see <see cref="NeuralNetworkOptions.MixUpAlpha"/>. Default: 0, not at all.</summary>
    public float MixUpAlpha { get; set; }

    /// <summary>Puts parts of images into others while the backbone learns, see <see cref="NeuralNetworkOptions.CutMixAlpha"/>. Default: 0, not at all.</summary>
    public float CutMixAlpha { get; set; }

    /// <summary>What training makes small. <see langword="null"/> (the default): the task's own loss.</summary>
    public Loss? Loss { get; set; }

    /// <summary>What is measured beside the loss. Default: none given, which means the task's own metrics.</summary>
    public IList<Metric> Metrics { get; init; } = [];

    /// <summary>How much the examples of each class count, see <see cref="NeuralNetworkOptions.ClassWeights"/>.</summary>
    public ClassWeights? ClassWeights { get; set; }

    /// <summary>The part of the training data held out for validation, the same in both phases; from 0 to below 1. Default: 0.1. Not used by <c>Fit(train, validation)</c>.</summary>
    public float ValidationFraction { get; set; } = 0.1f;

    /// <summary>Whether that part keeps the share of each class. Only for classification. Default: <see langword="false"/>.</summary>
    public bool StratifiedValidation { get; set; }

    /// <summary>What watches and steers each of the phases. Not <see cref="BackupAndRestore"/>, which could not tell them apart.</summary>
    public IList<Callback> Callbacks { get; init; } = [];

    /// <summary>How many bytes of images are kept in memory, see <see cref="NeuralNetworkOptions.CacheBytes"/>. Default: 1 GiB.</summary>
    public long CacheBytes { get; set; } = 1L << 30;

    /// <summary>Decides all that is random; <see langword="null"/> (the default) takes the MLContext's seed and, where that has none, a random one.</summary>
    public int? Seed { get; set; }

    /// <summary>Where training runs. Default: <see cref="Device.Auto"/>.</summary>
    public Device Device { get; set; } = Device.Auto;

    /// <summary>In which numbers large layers compute. Default: <see cref="TrainingPrecision.Float32"/>.</summary>
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Float32;

    /// <summary>Is told how far each phase is. <see langword="null"/> (the default) tells nobody.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Ends training: in the first phase with an <see cref="OperationCanceledException"/>, in the second with the best model so far, once an epoch is done.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks what the trainer of networks does not.</summary>
    /// <exception cref="ArgumentException">A value lies outside its range; the message names it.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(HeadEpochs);
        ArgumentOutOfRangeException.ThrowIfNegative(Epochs);
        ArgumentNullException.ThrowIfNull(HeadOptimizer);
        if (Epochs == 0 && (Weights is null || HeadEpochs == 0))
        {
            throw new ArgumentException(
                Weights is null
                    ? $"{nameof(Epochs)} = 0 leaves the backbone as it is, which is random: give {nameof(Weights)}, or let it learn."
                    : $"{nameof(HeadEpochs)} and {nameof(Epochs)} are both 0: nothing would be trained.");
        }

        if (StageFactor is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(StageFactor), StageFactor, "The factor between stages must be above 0 and at most 1.");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Dropout), Dropout, "The share that is left out must be at least 0 and below 1.");
        }

        if (Callbacks.OfType<BackupAndRestore>().Any())
        {
            throw new ArgumentException($"{nameof(BackupAndRestore)} cannot tell the phases of this training apart. Use {nameof(ModelCheckpoint)}, or train by NeuralNetwork(...).", nameof(Callbacks));
        }
    }
}
