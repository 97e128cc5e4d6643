using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>What training adds to the loss for the size of a weight, or of a layer's output. Keras: <c>Regularizer</c>.</summary>
public abstract record Regularizer
{
    /// <summary>The number that is added to the loss.</summary>
    /// <param name="input">
    /// The weight, with its axes in Keras's order (see <see cref="Layers.WeightSpec.KerasAxes"/>), or the output <c>[batch, ...]</c>.
    /// </param>
    /// <returns>A tensor without dimensions.</returns>
    public abstract Tensor Penalty(Tensor input);

    /// <summary>Checks a constructor's factor.</summary>
    private protected static float CheckFactor(float factor, string parameter) => factor is >= 0 and < float.PositiveInfinity
        ? factor
        : throw new ArgumentOutOfRangeException(parameter, factor, "The factor must be a number and not negative.");
}
