using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>What training adds to the loss for the size of a weight, or of a layer's output. Keras: <c>Regularizer</c>.</summary>
public abstract record Regularizer
{
    /// <summary>The number that is added to the loss.</summary>
    /// <param name="input">The weight, in its declared shape, or the output <c>[batch, ...]</c>.</param>
    /// <returns>A tensor without dimensions.</returns>
    public abstract Tensor Penalty(Tensor input);
}
