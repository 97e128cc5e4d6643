using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What is measured in every epoch, on training and validation data; Keras's names, defaults and formulas. An immutable
/// value: what it counts is a vector of numbers that adds up from batch to batch, held by the training run. Derive from
/// it (or from <see cref="MeanMetric"/>) for a metric of your own, or make one of a function: <see cref="FromFunction"/>.
/// </summary>
/// <remarks>Example weights do not count in metrics, as in Keras's <c>metrics</c>.</remarks>
public abstract record Metric
{
    /// <summary>What it is called in logs and histories: Keras's name, e.g. <c>accuracy</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether more is better, for those that look for the best epoch. Default: <see langword="true"/>.</summary>
    public virtual bool HigherIsBetter => true;

    /// <summary>Whether it takes the output before the activation that scoring applies. Default: <see langword="false"/>.</summary>
    public virtual bool TakesLogits => false;

    /// <summary>
    /// Whether it takes the classes of a multiclass label as indices <c>[batch]</c> rather than one-hot
    /// <c>[batch, classes]</c>. Default: <see langword="false"/>.
    /// </summary>
    public virtual bool TakesClassIndices => false;

    /// <summary>How many numbers it counts.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public abstract int StateSize(int outputValues);

    /// <summary>What a batch adds to those numbers, <c>[state size]</c>. It stays on the device, so that no step waits for it.</summary>
    /// <param name="output">What the network gives, <c>[batch]</c> or <c>[batch, values]</c>.</param>
    /// <param name="labels">The labels, <c>[batch]</c> or <c>[batch, values]</c>.</param>
    public abstract Tensor Update(Tensor output, Tensor labels);

    /// <summary>The metric of all examples.</summary>
    /// <param name="state">The numbers, summed over the batches.</param>
    /// <param name="examples">The number of examples.</param>
    public abstract double Result(ReadOnlySpan<double> state, long examples);

    /// <summary>A loss as a metric: its mean over the examples.</summary>
    /// <param name="loss">The loss.</param>
    public static implicit operator Metric(Loss loss) => FromLoss(loss);

    /// <summary>A loss as a metric: its mean over the examples.</summary>
    /// <param name="loss">The loss.</param>
    public static Metric FromLoss(Loss loss) => new Metrics.LossMetric(loss);

    /// <summary>
    /// A metric of a function: its mean over the examples. It is not written into model files. Numbers go through
    /// <see cref="TensorOperations"/>, which keeps them alive: see docs/own-layers.md.
    /// </summary>
    /// <param name="name">What it is called in logs and histories.</param>
    /// <param name="perExample">The value of each example <c>[batch]</c>, from what the network gives and the labels.</param>
    /// <param name="higherIsBetter">Whether more is better. Default: <see langword="true"/>.</param>
    /// <exception cref="ArgumentException">The name is empty, or the function is missing.</exception>
    /// <example><code>
    /// Metrics = { Metric.FromFunction("within_10_percent", (output, labels) => (output - labels).abs() &lt;= labels.abs().Multiply(0.1f)) }
    /// </code></example>
    public static Metric FromFunction(string name, Func<Tensor, Tensor, Tensor> perExample, bool higherIsBetter = true) =>
        new Metrics.FunctionMetric(name, perExample, higherIsBetter);
}

/// <summary>A metric that is averaged over the examples.</summary>
public abstract record MeanMetric : Metric
{
    /// <summary>One: the sum.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public sealed override int StateSize(int outputValues) => 1;

    /// <inheritdoc/>
    public sealed override Tensor Update(Tensor output, Tensor labels) => PerExample(output, labels).sum();

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples) => state[0] / Math.Max(1, examples);

    /// <summary>The value of each example, <c>[batch]</c>; booleans count as 0 and 1.</summary>
    /// <param name="output">What the network gives, <c>[batch]</c> or <c>[batch, values]</c>.</param>
    /// <param name="labels">The labels, <c>[batch]</c> or <c>[batch, values]</c>.</param>
    public abstract Tensor PerExample(Tensor output, Tensor labels);
}
