using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Makes embeddings of the same class lie near each other and those of different classes far apart, each pair pulled the
/// harder the farther it is from where it should be: softplus(log Σ e^(gamma · (d - margin) · (d + margin)) over the pairs of an
/// example within its class + log Σ e^(gamma · (1 + margin - d) · (1 - margin - d)) over those with other classes), where d is
/// one minus the cosine of a pair. The mean over the examples of a batch whose loss is above 0.
/// </summary>
/// <remarks>
/// The network ends in the embedding, which must have length 1 (<see cref="Layers.UnitNormalization"/>) and becomes the Score;
/// no output layer is added. The label is a class number. A batch needs examples of the same class and of others. Keras:
/// <c>Circle</c>; Sun et al. 2020, "Circle Loss: A Unified Perspective of Pair Similarity Optimization".
/// </remarks>
public sealed record Circle : Loss
{
    /// <summary>Far below any exponent, but finite: a sum over nothing has no gradient then, rather than none that is a number.</summary>
    private const double Nothing = -1e30;

    /// <summary>Creates the loss.</summary>
    /// <param name="gamma">How steep it is; above 0. Default: 80.</param>
    /// <param name="margin">The distance that is near enough within a class; those between classes are to be above one minus it. At least 0. Default: 0.4.</param>
    /// <param name="removeDiagonal">Whether an example is no pair with itself. Default: <see langword="true"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its range.</exception>
    public Circle(float gamma = 80, float margin = 0.4f, bool removeDiagonal = true)
    {
        Gamma = LossChecks.AboveZero(gamma, nameof(gamma), "The steepness");
        Margin = LossChecks.AtLeastZero(margin, nameof(margin), "The margin");
        RemoveDiagonal = removeDiagonal;
    }

    /// <summary>How steep it is.</summary>
    public float Gamma { get; }

    /// <summary>The distance that is near enough within a class.</summary>
    public float Margin { get; }

    /// <summary>Whether an example is no pair with itself.</summary>
    public bool RemoveDiagonal { get; }

    /// <inheritdoc/>
    public override string Name => "circle";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override OutputForm OutputForm => OutputForm.Free;

    /// <summary>None: the network ends in the embedding.</summary>
    /// <param name="labelValues">The number of values of the label.</param>
    public override int OutputUnits(int labelValues) => 0;

    /// <summary>The loss of each example, by the part of the batch whose loss is above 0: its mean is that over those.</summary>
    /// <param name="output">The embeddings, <c>[batch, size]</c>.</param>
    /// <param name="labels">The classes, <c>[batch]</c>.</param>
    /// <exception cref="InvalidOperationException">The output is no vector for each example, or the label no number.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor classes = LossChecks.ClassNumbers(this, output, labels);
        Tensor same = classes.unsqueeze(0).eq(classes.unsqueeze(1));
        Tensor together = RemoveDiagonal ? same.logical_and(eye(classes.shape[0], dtype: ScalarType.Bool, device: output.device).logical_not()) : same;
        Tensor distance = output.Matmul(output.t()).neg().Add(1).Maximum(0);

        Tensor pull = distance.Add(Margin).mul(distance.Subtract(Margin));
        Tensor push = distance.neg().Add(1 + (double)Margin).relu().mul(distance.neg().Add(1 - (double)Margin));
        Tensor loss = LogSum(pull, together).Add(LogSum(push, same.logical_not())).Softplus();
        Tensor counted = loss.detach().Greater(0).sum().Maximum(1);
        return loss.Multiply(output.shape[0]).div(counted);
    }

    private Tensor LogSum(Tensor exponents, Tensor mask) => EmbeddingPairs.Only(exponents.Multiply(Gamma), mask, Nothing).logsumexp(1);
}
