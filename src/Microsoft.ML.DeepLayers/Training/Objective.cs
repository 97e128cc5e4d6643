using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What training compares an output of the network with, and how.</summary>
/// <param name="Task">What the output predicts.</param>
/// <param name="Loss">What is made small.</param>
/// <param name="Metrics">What else is measured in every epoch.</param>
internal sealed record Objective(PredictionTask Task, Loss Loss, IReadOnlyList<Metric> Metrics)
{
    /// <summary>The output's name, where the network has several.</summary>
    internal string? OutputName { get; init; }

    /// <summary>How much the output's loss counts in the sum of all.</summary>
    internal float Weight { get; init; } = 1;

    /// <summary>The activation that scoring applies to the output.</summary>
    internal Activation Activation => ActivationOf(Task, Loss);

    /// <summary>The activation that scoring applies to an output of a task that was trained with a loss.</summary>
    internal static Activation ActivationOf(PredictionTask task, Loss loss) => task switch
    {
        PredictionTask.BinaryClassification => Activation.Sigmoid,
        PredictionTask.MulticlassClassification => Activation.Softmax,
        _ => loss.OutputActivation ?? Activation.Linear,
    };

    /// <summary>What the loss makes of a batch: the mean, <c>[]</c>.</summary>
    internal Tensor MeanLoss(ComparedOutput output, Tensor? weights) =>
        Loss.Mean(output.Values(Loss.TakesLogits, Loss.OutputForm), output.Labels(Loss.TakesClassIndices), weights);
}

/// <summary>
/// What the network gave for a batch at one output, and the labels, in the forms that losses and metrics ask for. Each
/// form is computed when it is first asked for; the current dispose scope owns it.
/// </summary>
/// <param name="objective">What the output is for.</param>
/// <param name="logits">The output before the activation of scoring, <c>[batch, ...]</c>.</param>
/// <param name="labels">The labels as they are read: <c>[batch]</c>, class indices for several classes, or <c>[batch, values]</c>.</param>
internal sealed class ComparedOutput(Objective objective, Tensor logits, Tensor labels)
{
    private Tensor? predictions;
    private Tensor? oneHot;

    private bool IsMulticlass => objective.Task == PredictionTask.MulticlassClassification;

    /// <summary>What the batch adds to a metric's numbers.</summary>
    internal Tensor Update(Metric metric) => metric.Update(
        Values(metric.TakesLogits, (metric as Metrics.LossMetric)?.Loss.OutputForm ?? OutputForm.LikeLabel), Labels(metric.TakesClassIndices));

    /// <summary>The output, before or after the activation of scoring.</summary>
    internal Tensor Values(bool takesLogits, OutputForm form)
    {
        Tensor values = takesLogits || objective.Activation == Activation.Linear ? logits : predictions ??= objective.Activation.Apply(logits);
        // A single unit for each example is no vector, and an image of values is compared value by value.
        return form == OutputForm.Free || IsMulticlass || values.dim() == labels.dim() || values.numel() != labels.numel() ? values : values.reshape(labels.shape);
    }

    /// <summary>The same output with other labels.</summary>
    internal ComparedOutput With(Tensor otherLabels) => new(objective, logits, otherLabels) { predictions = predictions };

    /// <summary>The labels; classes as indices, or one-hot.</summary>
    internal Tensor Labels(bool takesClassIndices) => !IsMulticlass || takesClassIndices
        ? labels
        : oneHot ??= nn.functional.one_hot(labels.to(ScalarType.Int64), logits.shape[^1]).to(logits.dtype);
}
