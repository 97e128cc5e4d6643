using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Makes embeddings of the same class lie nearer than those of others: max(d(a, p) - d(a, n) + margin, 0) for each pair a, p
/// of the same class in a batch, where n is the nearest example of another class that lies farther from a than p; without
/// one, the farthest that there is. The mean over all pairs that have such an n.
/// </summary>
/// <remarks>
/// The network ends in the embedding, best of length 1 (<see cref="Layers.UnitNormalization"/>), which becomes the Score; no
/// output layer is added. The label is a class number. A batch needs examples of the same class: make batches large, or classes
/// few. TensorFlow Addons: <c>TripletSemiHardLoss</c>; Schroff et al. 2015, "FaceNet". Its pairs without any example of another
/// class, of which no triplet can be made, are left out here. Without triplets the loss is 0.
/// </remarks>
public sealed record TripletSemiHard : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="margin">By how much other classes are to lie farther away; above 0. Default: 1.</param>
    /// <param name="distanceMetric">How distances are measured. Default: <see cref="EmbeddingDistance.L2"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The margin is not above 0, or the distance is unknown.</exception>
    public TripletSemiHard(float margin = 1, EmbeddingDistance distanceMetric = EmbeddingDistance.L2)
    {
        Margin = LossChecks.AboveZero(margin, nameof(margin), "The margin");
        DistanceMetric = Enum.IsDefined(distanceMetric)
            ? distanceMetric
            : throw new ArgumentOutOfRangeException(nameof(distanceMetric), distanceMetric, "The distance must be L2, SquaredL2 or Angular.");
    }

    /// <summary>By how much other classes are to lie farther away.</summary>
    public float Margin { get; }

    /// <summary>How distances are measured.</summary>
    public EmbeddingDistance DistanceMetric { get; }

    /// <inheritdoc/>
    public override string Name => "triplet_semihard";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override OutputForm OutputForm => OutputForm.Free;

    /// <summary>None: the network ends in the embedding.</summary>
    /// <param name="labelValues">The number of values of the label.</param>
    public override int OutputUnits(int labelValues) => 0;

    /// <summary>
    /// The sum over the pairs of each example, by the mean number of pairs an example: its mean over the batch is that over
    /// the pairs.
    /// </summary>
    /// <param name="output">The embeddings, <c>[batch, size]</c>.</param>
    /// <param name="labels">The classes, <c>[batch]</c>.</param>
    /// <exception cref="InvalidOperationException">The output is no vector for each example, or the label no number.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        EmbeddingPairs pairs = EmbeddingPairs.Of(this, output, labels, DistanceMetric);
        Tensor hasNegative = pairs.Apart.any(1, keepdim: true);
        Tensor counts = pairs.Together.logical_and(hasNegative);
        Tensor loss = pairs.Distances.sub(Negatives(pairs, hasNegative)).Add(Margin).relu().mul(counts);
        return loss.sum(1).Multiply(output.shape[0]).div(counts.sum().Maximum(1));
    }

    /// <summary>For each pair the distance of the other class that it is compared with; of those without, any finite number.</summary>
    private static Tensor Negatives(EmbeddingPairs pairs, Tensor hasNegative)
    {
        // Sorted, the nearest beyond a distance is found by halving, rather than in a table of all triplets.
        Tensor sorted = EmbeddingPairs.Only(pairs.Distances, pairs.Apart, double.PositiveInfinity).sort(dim: 1).Values;
        Tensor place = searchsorted(sorted.detach().contiguous(), pairs.Distances.detach().contiguous(), right: true);
        Tensor last = pairs.Apart.sum(1, keepdim: true).Subtract(1).Maximum(0);
        Tensor nearest = sorted.MaskedFill(hasNegative.logical_not(), 0).gather(1, minimum(place, last));
        return nearest;
    }
}
