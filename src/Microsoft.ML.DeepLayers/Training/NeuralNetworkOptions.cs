using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers;

/// <summary>How a network is trained. Defaults follow Keras; column names follow ML.NET.</summary>
public sealed class NeuralNetworkOptions
{
    /// <summary>The label's column. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// The column that an <see cref="Layers.Input"/> without a column of its own reads: a vector of known size, or a
    /// scalar; of numbers, keys or booleans. Default: <c>Features</c>.
    /// </summary>
    public string FeatureColumnName { get; set; } = "Features";

    /// <summary>
    /// The column of example weights, not negative; <see langword="null"/> (the default) weighs all the same. A weight
    /// multiplies the example's loss, whatever the loss, in training and validation, and the mean is over the number of
    /// examples, as in Keras. Metrics are not weighted.
    /// </summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>
    /// How much the examples of each class count in the loss of training, beside their own weight:
    /// <see cref="ClassWeights.Balanced"/>, or weights by class. <see langword="null"/> (the default) counts all alike. Only for
    /// classification; Keras's <c>class_weight</c>.
    /// </summary>
    public ClassWeights? ClassWeights { get; set; }

    /// <summary>
    /// Which examples an epoch takes. Default: <see cref="ExampleSampling.Uniform"/>, each once. Anything else draws them at
    /// random by the seed, needs <see cref="Shuffle"/>, and data that fits <see cref="CacheBytes"/>.
    /// </summary>
    public ExampleSampling Sampling { get; set; }

    /// <summary>
    /// For a network with several outputs: which label each is compared with, and for what task. Empty (the default) for
    /// a network with one output, which is compared with <see cref="LabelColumnName"/>.
    /// </summary>
    public IList<OutputOptions> Outputs { get; init; } = [];

    /// <summary>
    /// What training makes small. <see langword="null"/> (the default) is the task's own loss: the cross-entropy of the
    /// label's classes, or the mean squared error.
    /// </summary>
    public Loss? Loss { get; set; }

    /// <summary>
    /// What is measured in every epoch beside the loss, on training and validation data. Default: none given, which means
    /// the task's own metrics: accuracy, or the mean absolute error. A loss may be given as a metric.
    /// </summary>
    public IList<Metric> Metrics { get; init; } = [];

    /// <summary>How often training goes through the data; at least 1. Default: 10.</summary>
    public int Epochs { get; set; } = 10;

    /// <summary>The number of examples of a step; at least 1. Default: 32.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>How gradients change weights. Default: <see cref="Adam"/>.</summary>
    public Optimizer Optimizer { get; set; } = new Adam();

    /// <summary>
    /// The part of the training data held out for validation, from 0 to below 1, drawn at random by the seed. Default: 0.
    /// Not used by <c>Fit(train, validation)</c>.
    /// </summary>
    public float ValidationFraction { get; set; }

    /// <summary>
    /// Whether <see cref="ValidationFraction"/> keeps the share of each class, to the row: by the largest remainder. With
    /// several classifying outputs the classes of all of them together. Only for classification. Default:
    /// <see langword="false"/>, a plain random draw, as in scikit-learn, Keras and ML.NET.
    /// </summary>
    public bool StratifiedValidation { get; set; }

    /// <summary>
    /// A column of which rows with equal values are never torn apart by <see cref="ValidationFraction"/>, e.g. a patient with
    /// several pictures: ML.NET's <c>samplingKeyColumnName</c>. Text, numbers, keys, booleans, dates, or vectors of them;
    /// missing values are equal. Whole groups are drawn by the seed, so that the part held out is only near the fraction.
    /// <see langword="null"/> (the default) draws row by row. Not together with <see cref="StratifiedValidation"/>.
    /// </summary>
    public string? SamplingKeyColumnName { get; set; }

    /// <summary>What watches and steers training, e.g. <see cref="EarlyStopping"/>.</summary>
    public IList<Callback> Callbacks { get; init; } = [];

    /// <summary>Whether each epoch goes through the examples in a new random order. Default: <see langword="true"/>.</summary>
    public bool Shuffle { get; set; } = true;

    /// <summary>
    /// Mixes each training example with another one of its batch, and their losses alike, by a share drawn for each batch from
    /// Beta(alpha, alpha) (mixup, Zhang et al. 2018; 0.1 to 0.4 are usual). Inputs must be numbers, not categories; masks are
    /// not mixed. The metrics of training compare with the examples' own labels. At least 0; 0 (the default) mixes nothing.
    /// </summary>
    public float MixUpAlpha { get; set; }

    /// <summary>
    /// Puts a rectangle of another image of the batch into each training image, and mixes their losses by area; the area is
    /// drawn for each batch from Beta(alpha, alpha) (CutMix, Yun et al. 2019, with 1). All inputs must be images
    /// <c>[height, width, channels]</c>. Beside <see cref="MixUpAlpha"/>, chance decides for each batch. At least 0; 0 (the
    /// default) mixes nothing.
    /// </summary>
    public float CutMixAlpha { get; set; }

    /// <summary>
    /// Decides initial weights, order and dropout; <see langword="null"/> (the default) takes the MLContext's seed and,
    /// where that has none, a random one. The same seed on the same device with the same number of threads gives the same
    /// weights to the bit.
    /// </summary>
    public int? Seed { get; set; }

    /// <summary>Where training runs. Default: <see cref="Device.Auto"/>.</summary>
    public Device Device { get; set; } = Device.Auto;

    /// <summary>
    /// In which numbers large layers compute (dense, convolution, attention and recurrent ones); weights, normalizations, the
    /// layers that give the outputs, and losses have 32 bits in any case, and so does the trained model. Default:
    /// <see cref="TrainingPrecision.Float32"/>. Keras: <c>mixed_precision</c>.
    /// </summary>
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Float32;

    /// <summary>
    /// Which of the layers' outputs a training step keeps; the others are computed once more for their gradients, which takes
    /// less memory and more time, and changes no number. <see langword="null"/> (the default) keeps all that gradients need.
    /// Keras: <c>RematScope</c>.
    /// </summary>
    public Rematerialization? Rematerialization { get; set; }

    /// <summary>What happens to rows with missing values. Default: <see cref="MissingValues.Error"/>.</summary>
    public MissingValues MissingValues { get; set; } = MissingValues.Error;

    /// <summary>
    /// How many bytes of examples (4 a value; 1 a value of feature columns of type Byte) are kept in memory. A larger data set is read anew in every epoch and
    /// shuffled in a buffer of this size. Default: 1 GiB.
    /// </summary>
    public long CacheBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Whether the trainer appends the output layer that the task needs: a Dense layer with a unit a class, or with one
    /// unit. Default: <see langword="true"/>. A network that ends in its own output layer says <see langword="false"/>; a
    /// softmax (sigmoid) at its end is then taken off in training, where the loss wants logits, and applied in scoring.
    /// </summary>
    public bool AddOutputLayer { get; set; } = true;

    /// <summary>
    /// A model to continue from: a loaded or fitted transformer or chain that holds a network of the same form.
    /// <see langword="null"/> (the default) starts anew.
    /// </summary>
    [JsonIgnore]
    public ITransformer? InitialModel { get; set; }

    /// <summary>
    /// Weights to start from, e.g. of a file (<see cref="WeightConversion"/>), under the network's own names. Those that
    /// are not among them start as their initializers say, and the log tells which; a name or a shape that the network does
    /// not have is an error. <see langword="null"/> (the default) starts anew. Not together with <see cref="InitialModel"/>.
    /// </summary>
    [JsonIgnore]
    public NetworkWeights? InitialWeights { get; set; }

    /// <summary>
    /// A checkpoint (<see cref="TrainingRun.SaveCheckpoint"/>) of an interrupted training with the same settings and data,
    /// to go on from as if nothing had been: to the bit on the same machine. Where the file is damaged, <c>Fit</c> throws a
    /// <see cref="FormatException"/>. <see langword="null"/> (the default) starts anew.
    /// </summary>
    [JsonIgnore]
    public string? ResumeFrom { get; set; }

    /// <summary>
    /// How long training may take at most, as <see cref="TimeLimit"/> measures it; above 0. <see langword="null"/> (the
    /// default) sets no limit.
    /// </summary>
    public TimeSpan? MaxTime { get; set; }

    /// <summary>
    /// Is told how far training is, e.g. to show it in a window: at most some ten times a second, and at the end of each
    /// epoch; on the thread that trains, so that a <see cref="Progress{T}"/> passes it on to its own. <see langword="null"/>
    /// (the default) tells nobody. For a terminal there is <see cref="ProgressBar"/>.
    /// </summary>
    [JsonIgnore]
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Ends training. Checked at every step.</summary>
    [JsonIgnore]
    public CancellationToken CancellationToken { get; set; }

    /// <summary>
    /// Whether a training that is cancelled (<see cref="CancellationToken"/>, or <c>MLContext.CancelExecution</c>) still gives
    /// a model once an epoch is done: with the weights of the best epoch by the validation loss or, without one, of the last
    /// (<see cref="History.WasCancelled"/>). Else, and before the first epoch is done, <c>Fit</c> throws an
    /// <see cref="OperationCanceledException"/>. Default: <see langword="true"/>.
    /// </summary>
    public bool KeepModelWhenCancelled { get; set; } = true;

    /// <summary>
    /// How many batches of the validation set are tried before the first epoch, so that what is wrong with them shows at
    /// once; at least 0. Default: 2.
    /// </summary>
    public int SanityValidationBatches { get; set; } = 2;

    /// <summary>
    /// Trains one epoch of so many batches and validates as many, to see whether everything works; at least 0. Default: 0,
    /// which trains in earnest.
    /// </summary>
    public int FastDevRun { get; set; }

    /// <summary>
    /// Trains on the first so many batches alone, over and over and in order, and validates on the same in the place of the
    /// validation set, if there is one: a network that cannot learn even those by heart has a mistake in it. At least 0. Default: 0, which takes all the data.
    /// </summary>
    public int OverfitBatches { get; set; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value lies outside its range; the message names it.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(FeatureColumnName);
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(SanityValidationBatches);
        ArgumentOutOfRangeException.ThrowIfNegative(FastDevRun);
        ArgumentOutOfRangeException.ThrowIfNegative(OverfitBatches);
        if (MaxTime is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(MaxTime));
        }

        if (!Enum.IsDefined(Precision))
        {
            throw new ArgumentOutOfRangeException(nameof(Precision), Precision, $"The precision must be one of {string.Join(", ", Enum.GetNames<TrainingPrecision>())}.");
        }

        ArgumentNullException.ThrowIfNull(Optimizer);
        ArgumentNullException.ThrowIfNull(Callbacks);
        ArgumentNullException.ThrowIfNull(Outputs);
        ArgumentNullException.ThrowIfNull(Metrics);
        if (Outputs.Count > 0 && (Loss is not null || Metrics.Count > 0))
        {
            throw new ArgumentException($"With {nameof(Outputs)}, each output has a {nameof(Loss)} and {nameof(Metrics)} of its own: give them there.");
        }

        ValidateBalance();

        ArgumentOutOfRangeException.ThrowIfNegative(CacheBytes);
        if (MixUpAlpha is not (>= 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(MixUpAlpha), MixUpAlpha, "Alpha must be at least 0.");
        }

        if (CutMixAlpha is not (>= 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(CutMixAlpha), CutMixAlpha, "Alpha must be at least 0.");
        }

        if (InitialModel is not null && InitialWeights is not null)
        {
            throw new ArgumentException(
                $"Training starts from {nameof(InitialModel)} or from {nameof(InitialWeights)}, not from both. To change some weights of a model first, use its WithWeights.", nameof(InitialWeights));
        }

        if (ValidationFraction is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, "The validation fraction must be at least 0 and below 1.");
        }
    }

    /// <summary>Checks what is to be done about rare classes and about rows that belong together.</summary>
    private void ValidateBalance()
    {
        if (Outputs.Count > 0 && ClassWeights is not null)
        {
            throw new ArgumentException($"With {nameof(Outputs)}, each output has {nameof(ClassWeights)} of its own: give them there.", nameof(ClassWeights));
        }

        if (!Enum.IsDefined(Sampling))
        {
            throw new ArgumentOutOfRangeException(nameof(Sampling), Sampling, $"The sampling must be one of {string.Join(", ", Enum.GetNames<ExampleSampling>())}.");
        }

        if (Sampling != ExampleSampling.Uniform && !Shuffle)
        {
            throw new ArgumentException($"{nameof(Sampling)} = {Sampling} draws examples at random, but {nameof(Shuffle)} = false asks for the order of the data.", nameof(Sampling));
        }

        if (Sampling == ExampleSampling.ByWeight && ExampleWeightColumnName is null)
        {
            throw new ArgumentException($"{nameof(Sampling)} = {Sampling} draws examples by their weights: say in {nameof(ExampleWeightColumnName)} where they are.", nameof(Sampling));
        }

        bool isBalanced = ClassWeights is { IsBalanced: true } || Outputs.Any(output => output.ClassWeights is { IsBalanced: true });
        if (Sampling == ExampleSampling.BalancedClasses && isBalanced)
        {
            throw new ArgumentException(
                $"{nameof(Sampling)} = {Sampling} and {nameof(ClassWeights)}.Balanced both make up for rare classes, which would be twice too much: choose one.", nameof(Sampling));
        }

        if (SamplingKeyColumnName is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(SamplingKeyColumnName);
            if (StratifiedValidation)
            {
                throw new ArgumentException(
                    $"{nameof(StratifiedValidation)} and {nameof(SamplingKeyColumnName)} do not go together: whole groups seldom have the shares of all classes. Choose one, or give a validation set: Fit(train, validation).", nameof(StratifiedValidation));
            }
        }
    }
}
