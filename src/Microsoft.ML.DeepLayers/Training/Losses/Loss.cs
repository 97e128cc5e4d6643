using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What training makes small; Keras's names, defaults and formulas. An immutable value. Derive from it for a loss of your
/// own, or make one of a function: <see cref="FromFunction"/>. Every loss can also be given as a metric.
/// </summary>
public abstract record Loss
{
    /// <summary>
    /// The activation that belongs to an output trained with this loss, where the task leaves it open (regression): scoring
    /// applies it, too. <see langword="null"/> (the default) for none, e.g. sigmoid for the binary cross-entropy.
    /// </summary>
    public virtual Activation? OutputActivation => null;

    /// <summary>
    /// Whether it takes the output before that activation (logits) instead of what scoring gives. Default:
    /// <see langword="false"/>.
    /// </summary>
    public virtual bool TakesLogits => false;

    /// <summary>
    /// Whether it takes the classes of a multiclass label as indices <c>[batch]</c> rather than one-hot
    /// <c>[batch, classes]</c>. Default: <see langword="false"/>.
    /// </summary>
    public virtual bool TakesClassIndices => false;

    /// <summary>
    /// How the output relates to the label. Default: <see cref="OutputForm.LikeLabel"/>, a value for each value of the label.
    /// </summary>
    public virtual OutputForm OutputForm => OutputForm.LikeLabel;

    /// <summary>Keras's short name, e.g. <c>mse</c>: what it is called where it is measured.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The number of units of the output layer that the trainer adds; 0 for none, where the network itself ends in what the
    /// loss takes, e.g. an embedding.
    /// </summary>
    /// <param name="labelValues">The number of values of the label.</param>
    public virtual int OutputUnits(int labelValues) => labelValues;

    /// <summary>The loss of each example, <c>[batch]</c>.</summary>
    /// <param name="output">
    /// What the network gives: <c>[batch]</c> or, for vector labels and classes, <c>[batch, values]</c>; as it is,
    /// <c>[batch, ...]</c>, where <see cref="OutputForm"/> is <see cref="OutputForm.Free"/>.
    /// </param>
    /// <param name="labels">The labels, <c>[batch]</c> or <c>[batch, values]</c>.</param>
    public abstract Tensor PerExample(Tensor output, Tensor labels);

    /// <summary>
    /// A loss of a function. It is not written into model files. Numbers go through <see cref="TensorOperations"/>, which keeps
    /// them alive: see docs/own-layers.md.
    /// </summary>
    /// <param name="name">What it is called in logs and histories.</param>
    /// <param name="perExample">The loss of each example <c>[batch]</c>, from what the network gives and the labels.</param>
    /// <param name="takesLogits">Whether the function takes the output before the activation that scoring applies. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentException">The name is empty, or the function is missing.</exception>
    /// <example><code>
    /// Loss = Loss.FromFunction("quartic", (output, labels) => (output - labels).Power(4))
    /// </code></example>
    public static Loss FromFunction(string name, Func<Tensor, Tensor, Tensor> perExample, bool takesLogits = false) =>
        new Losses.FunctionLoss(name, perExample, takesLogits);

    /// <summary>
    /// The mean over the batch, <c>[]</c>. With weights it is the weighted sum over the number of examples, as Keras
    /// averages.
    /// </summary>
    internal Tensor Mean(Tensor output, Tensor labels, Tensor? weights) =>
        weights is null ? Mean(output, labels) : PerExample(output, labels).mul(weights).mean();

    /// <summary>The unweighted mean, for losses that libtorch computes in one call.</summary>
    private protected virtual Tensor Mean(Tensor output, Tensor labels) => PerExample(output, labels).mean();

    /// <summary>The mean over the values of each example: <c>[batch, values]</c> to <c>[batch]</c>; <c>[batch]</c> stays.</summary>
    private protected static Tensor MeanOverValues(Tensor values) => values.dim() > 1 ? values.mean([-1]) : values;

    /// <summary>The sum over the values of each example: <c>[batch, values]</c> to <c>[batch]</c>; <c>[batch]</c> stays.</summary>
    private protected static Tensor SumOverValues(Tensor values) => values.dim() > 1 ? values.sum(-1) : values;
}

/// <summary>How an output that a loss compares with labels is formed.</summary>
public enum OutputForm
{
    /// <summary>A value for each value of the label. It comes in the label's shape.</summary>
    LikeLabel,

    /// <summary>Anything that the loss understands: embeddings, sequences of class scores, quantiles. Scoring gives a vector.</summary>
    Free,
}
