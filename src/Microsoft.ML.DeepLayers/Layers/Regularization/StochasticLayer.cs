using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What the layers that are random in training, and do nothing at scoring, have in common. Their random numbers come from
/// the generator of the training run, so that one seed, the run's, makes it repeatable; Keras has a seed a layer.
/// </summary>
public abstract record StochasticLayer : SingleInputLayer
{
    private protected StochasticLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    /// <summary>Whether the layer does anything in training.</summary>
    private protected abstract bool IsActive { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input;

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input) =>
        (x, context) => context.Training && IsActive ? Disturb(x, context.RequireGenerator(this)) : x;

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;

    /// <summary>What the layer makes of its input in training.</summary>
    private protected abstract Tensor Disturb(Tensor x, Generator generator);

    /// <summary>Checks a constructor's rate.</summary>
    private protected static float CheckRate(float rate) => rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be at least 0 and below 1.");

    /// <summary>Checks that random numbers of this shape spread over the input.</summary>
    private protected Shape CheckNoiseShape(Shape input, Shape? noiseShape) =>
        noiseShape is not { } noise || (noise.Rank == input.Rank && noise.Where((length, i) => length is not 1 && length != input[i] && length != Shape.Variable).Any() is false)
            ? input
            : throw new LayerShapeException(this, [input], $"an input that random numbers of shape {noise} can be spread over", "Each dimension must be that of the input, or 1.");

    /// <summary>1 with the probability given and else 0; a number for each place of the noise shape.</summary>
    private protected static Tensor Draw(Tensor x, Shape? noiseShape, double probability, Generator generator)
    {
        // libtorch's own dropout draws from the generator that the whole process shares.
        Tensor noise = noiseShape is { } shape
            ? empty([x.shape[0], .. shape.Select((length, i) => length == Shape.Variable ? x.shape[i + 1] : length)], x.dtype, x.device)
            : empty_like(x);
        return noise.bernoulli_(probability, generator);
    }
}
