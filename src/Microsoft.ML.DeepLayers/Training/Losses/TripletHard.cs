using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Makes embeddings of the same class lie nearer than those of others: max(d(a, p) - d(a, n) + margin, 0) for each example a of
/// a batch, where p is the farthest of its own class and n the nearest of another. The mean over all examples that have both.
/// </summary>
/// <remarks>
/// Network, label and batches are as for <see cref="TripletSemiHard"/>. TensorFlow Addons: <c>TripletHardLoss</c>; Hermans et
/// al. 2017, "In Defense of the Triplet Loss for Person Re-Identification". Examples whose class occurs once in the batch, of
/// which no triplet can be made, are left out here. Without triplets the loss is 0.
/// </remarks>
public sealed record TripletHard : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="margin">By how much other classes are to lie farther away; above 0. With <paramref name="soft"/> it does not count. Default: 1.</param>
    /// <param name="soft">Whether it is log(1 + e^(d(a, p) - d(a, n))) instead, which never stops to pull. Default: <see langword="false"/>.</param>
    /// <param name="distanceMetric">How distances are measured. Default: <see cref="EmbeddingDistance.L2"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The margin is not above 0, or the distance is unknown.</exception>
    public TripletHard(float margin = 1, bool soft = false, EmbeddingDistance distanceMetric = EmbeddingDistance.L2)
    {
        Margin = LossChecks.AboveZero(margin, nameof(margin), "The margin");
        Soft = soft;
        DistanceMetric = Enum.IsDefined(distanceMetric)
            ? distanceMetric
            : throw new ArgumentOutOfRangeException(nameof(distanceMetric), distanceMetric, "The distance must be L2, SquaredL2 or Angular.");
    }

    /// <summary>By how much other classes are to lie farther away.</summary>
    public float Margin { get; }

    /// <summary>Whether it has a soft margin.</summary>
    public bool Soft { get; }

    /// <summary>How distances are measured.</summary>
    public EmbeddingDistance DistanceMetric { get; }

    /// <inheritdoc/>
    public override string Name => "triplet_hard";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override OutputForm OutputForm => OutputForm.Free;

    /// <summary>None: the network ends in the embedding.</summary>
    /// <param name="labelValues">The number of values of the label.</param>
    public override int OutputUnits(int labelValues) => 0;

    /// <summary>The loss of each example, by the part of the batch that has triplets: its mean is that over those.</summary>
    /// <param name="output">The embeddings, <c>[batch, size]</c>.</param>
    /// <param name="labels">The classes, <c>[batch]</c>.</param>
    /// <exception cref="InvalidOperationException">The output is no vector for each example, or the label no number.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        EmbeddingPairs pairs = EmbeddingPairs.Of(this, output, labels, DistanceMetric);
        Tensor counts = pairs.Together.any(1).logical_and(pairs.Apart.any(1));
        Tensor farthest = Among(pairs.Distances, pairs.Together, double.NegativeInfinity, counts).amax([1]);
        Tensor nearest = Among(pairs.Distances, pairs.Apart, double.PositiveInfinity, counts).amin([1]);
        Tensor excess = farthest.sub(nearest);
        Tensor loss = Soft ? excess.Softplus() : excess.Add(Margin).relu();
        return loss.mul(counts).Multiply(output.shape[0]).div(counts.sum().Maximum(1));
    }

    /// <summary>Zeros for examples without triplets, so that nothing infinite is left.</summary>
    private static Tensor Among(Tensor distances, Tensor mask, double elsewhere, Tensor counts) =>
        EmbeddingPairs.Only(distances, mask, elsewhere).MaskedFill(counts.logical_not().unsqueeze(1), 0);
}
