using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Losses;

/// <summary>What training makes small.</summary>
internal abstract class Loss
{
    /// <summary>
    /// The mean over the batch, <c>[]</c>. With weights it is the weighted sum over the number of examples, as Keras
    /// averages.
    /// </summary>
    /// <param name="output">What the network gives, before the activation that scoring applies: <c>[batch, units]</c>.</param>
    /// <param name="target">The labels, <c>[batch]</c>, or <c>[batch, units]</c>.</param>
    /// <param name="weight">The examples' weights, <c>[batch]</c>, or <see langword="null"/>.</param>
    internal Tensor Mean(Tensor output, Tensor target, Tensor? weight) =>
        weight is null ? Mean(output, target) : PerExample(output, target).mul(weight).mean();

    /// <summary>The loss of each example, <c>[batch]</c>.</summary>
    private protected abstract Tensor PerExample(Tensor output, Tensor target);

    /// <summary>The output in the shape of the labels: a single unit for each example is no vector.</summary>
    private protected static Tensor Like(Tensor target, Tensor output) => target.dim() == output.dim() ? output : output.squeeze(-1);

    /// <summary>The unweighted mean, for losses that libtorch computes in one call.</summary>
    private protected virtual Tensor Mean(Tensor output, Tensor target) => PerExample(output, target).mean();
}
