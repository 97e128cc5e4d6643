using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Minus the cosine of the angle between a vector label and the output: -1 for the same direction, 0 for a right angle, 1 for
/// the opposite one. Lengths do not count; with a vector of zeros it is 0. Keras: <c>CosineSimilarity</c>.
/// </summary>
public sealed record CosineSimilarity : Loss
{
    /// <summary>The smallest sum of squares that is divided by.</summary>
    private const double Smallest = 1e-12;

    /// <inheritdoc/>
    public override string Name => "cosine_similarity";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => SumOverValues(Direction(output).mul(Direction(labels))).neg();

    private static Tensor Direction(Tensor vectors)
    {
        Tensor squares = vectors.Square();
        Tensor sum = squares.dim() > 1 ? squares.sum(-1, keepdim: true) : squares;
        return vectors.mul(sum.Maximum(Smallest).rsqrt());
    }
}
