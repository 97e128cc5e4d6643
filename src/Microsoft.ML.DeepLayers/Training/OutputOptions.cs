namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What one of several outputs of a network is trained for. Its predictions become columns of its own: <c>name</c> (the
/// score: a number, a vector, a logit, or a probability for each class), and for classifiers
/// <c>name.PredictedLabel</c> and, with two classes, <c>name.Probability</c>.
/// </summary>
/// <example><code>
/// Outputs =
/// {
///     new OutputOptions("price", "Price"),
///     new OutputOptions("kind", "Kind", PredictionTask.MulticlassClassification, lossWeight: 0.2f),
/// }
/// </code></example>
public sealed record OutputOptions
{
    /// <summary>Creates the settings of an output.</summary>
    /// <param name="name">The output's name in the network, see <see cref="Network.OutputNames"/>.</param>
    /// <param name="labelColumnName">The column that it is compared with.</param>
    /// <param name="task">What is predicted; <see langword="null"/> (the default) for the trainer's own task.</param>
    /// <param name="lossWeight">How much its loss counts in the sum of all; above 0. Default: 1.</param>
    /// <param name="loss">What is made small; <see langword="null"/> (the default) for the task's own loss.</param>
    /// <exception cref="ArgumentException">A name is empty, or the weight is not above 0.</exception>
    public OutputOptions(string name, string labelColumnName, PredictionTask? task = null, float lossWeight = 1, Loss? loss = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        if (task is { } given && !Enum.IsDefined(given))
        {
            throw new ArgumentOutOfRangeException(nameof(task), task, "The task must be BinaryClassification, MulticlassClassification or Regression.");
        }

        if (lossWeight is not (> 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(lossWeight), lossWeight, "The weight of a loss must be above 0.");
        }

        (Name, LabelColumnName, Task, LossWeight, Loss) = (name, labelColumnName, task, lossWeight, loss);
    }

    /// <summary>The output's name in the network.</summary>
    public string Name { get; }

    /// <summary>The column that it is compared with.</summary>
    public string LabelColumnName { get; }

    /// <summary>What is predicted; <see langword="null"/> for the trainer's own task.</summary>
    public PredictionTask? Task { get; }

    /// <summary>How much its loss counts in the sum of all.</summary>
    public float LossWeight { get; }

    /// <summary>What is made small; <see langword="null"/> for the task's own loss.</summary>
    public Loss? Loss { get; }

    /// <summary>What is measured in every epoch. Default: none given, which means the task's own metrics.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>
    /// How much the examples of each class count in this output's loss of training; <see langword="null"/> (the default) counts
    /// all alike. Only for classification.
    /// </summary>
    public ClassWeights? ClassWeights { get; init; }
}
