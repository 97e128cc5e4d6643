using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the dropouts of whole channels have in common.</summary>
public abstract record SpatialDropout : StochasticLayer
{
    private protected SpatialDropout(float rate) => Rate = CheckRate(rate);

    /// <summary>The fraction of the channels that is dropped.</summary>
    public float Rate { get; }

    private protected sealed override bool IsActive => Rate > 0;

    /// <summary>The shape of an input, in words.</summary>
    private protected abstract string Pattern { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => input.Rank == Pattern.Count(letter => letter == ',') + 1
        ? input
        : throw new LayerShapeException(this, [input], $"an input of shape {Pattern}");

    private protected sealed override Tensor Disturb(Tensor x, Generator generator)
    {
        double kept = 1 - (double)Rate;
        Shape channels = new([.. Enumerable.Repeat(1, (int)x.dim() - 2), (int)x.shape[^1]]);
        return x.mul(Draw(x, channels, kept, generator).DivideInPlace(kept));
    }
}
