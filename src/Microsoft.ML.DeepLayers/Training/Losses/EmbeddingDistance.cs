using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>How the distance of two embeddings is measured.</summary>
public enum EmbeddingDistance
{
    /// <summary>The Euclidean distance. TensorFlow Addons: <c>L2</c>.</summary>
    L2,

    /// <summary>Its square, as in FaceNet. TensorFlow Addons: <c>squared-L2</c>.</summary>
    SquaredL2,

    /// <summary>One minus the cosine, whatever the lengths. TensorFlow Addons: <c>angular</c>.</summary>
    Angular,
}

/// <summary>Which pairs of a batch there are, and how far apart they lie.</summary>
/// <param name="Distances">The distances, <c>[batch, batch]</c>.</param>
/// <param name="Together">Whether two different examples have the same class.</param>
/// <param name="Apart">Whether two examples have different classes.</param>
internal sealed record EmbeddingPairs(Tensor Distances, Tensor Together, Tensor Apart)
{
    /// <summary>The pairs of a batch.</summary>
    /// <param name="loss">The loss that asks for them.</param>
    /// <param name="output">The embeddings, <c>[batch, size]</c>.</param>
    /// <param name="labels">The classes, <c>[batch]</c>.</param>
    /// <param name="distance">How distances are measured.</param>
    internal static EmbeddingPairs Of(Loss loss, Tensor output, Tensor labels, EmbeddingDistance distance)
    {
        Tensor classes = LossChecks.ClassNumbers(loss, output, labels);
        Tensor same = classes.unsqueeze(0).eq(classes.unsqueeze(1));
        Tensor others = eye(classes.shape[0], dtype: ScalarType.Bool, device: output.device).logical_not();
        return new EmbeddingPairs(Measure(output, distance), same.logical_and(others), same.logical_not());
    }

    private static Tensor Measure(Tensor output, EmbeddingDistance distance)
    {
        if (distance == EmbeddingDistance.Angular)
        {
            Tensor directions = nn.functional.normalize(output, dim: -1, eps: 1e-6);
            return directions.Matmul(directions.t()).neg().Add(1).Maximum(0);
        }

        // Without the matrix product, whose differences of squares lose the digits of near neighbours; and its gradient
        // where two are equal is 0, where that of a square root would be infinite.
        Tensor euclidean = cdist(output, output, 2, TorchSharp.compute_mode.donot_use_mm_for_euclid_dist);
        return distance == EmbeddingDistance.L2 ? euclidean : euclidean.Square();
    }

    /// <summary>The values where a mask says so, and a number elsewhere.</summary>
    internal static Tensor Only(Tensor values, Tensor mask, double elsewhere) => values.MaskedFill(mask.logical_not(), elsewhere);
}
