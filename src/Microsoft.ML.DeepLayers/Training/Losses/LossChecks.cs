using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>What losses demand of their parameters, and of what they compare.</summary>
internal static class LossChecks
{
    internal static float Smoothing(float labelSmoothing) => labelSmoothing is >= 0 and <= 1
        ? labelSmoothing
        : throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "The label smoothing must be from 0 to 1.");

    internal static float AtLeastZero(float value, string parameter, string what) => value is >= 0 and < float.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"{what} must be at least 0, and finite.");

    internal static float AboveZero(float value, string parameter, string what) => value is > 0 and < float.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"{what} must be above 0, and finite.");

    /// <summary>A softmax over a single number, or over the batch, would train without saying anything.</summary>
    /// <exception cref="InvalidOperationException">There is no value for each class.</exception>
    internal static void Classes(Loss loss, Tensor output)
    {
        if (output.dim() < 2 || output.shape[^1] < 2)
        {
            throw new InvalidOperationException(
                $"{loss.GetType().Name} compares classes, but the output has one value for each example. For two classes use BinaryCrossentropy; else give the label as a key (MulticlassClassification) or as a vector of probabilities.");
        }
    }

    /// <summary>A class number for each example, <c>[batch]</c>.</summary>
    /// <exception cref="InvalidOperationException">The output is no vector for each example, or the label no number.</exception>
    internal static Tensor ClassNumbers(Loss loss, Tensor output, Tensor labels)
    {
        if (output.dim() != 2 || labels.numel() != output.shape[0])
        {
            throw new InvalidOperationException(
                $"{loss.GetType().Name} takes a vector (embedding) for each example and a class number as its label, but the output of a batch has shape [{string.Join(", ", output.shape)}] and the label [{string.Join(", ", labels.shape)}].");
        }

        return labels.reshape(-1);
    }
}
