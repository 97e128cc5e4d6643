using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What the layers that change images at random have in common: they do so in training only, each image of a batch by draws
/// of its own, from the generator of the training run (so there is no <c>seed</c> of their own as in Keras).
/// </summary>
public abstract record ImageAugmentation : ImageLayer
{
    private protected ImageAugmentation()
    {
    }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => Check(input);

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input) =>
        (x, context) => context.Training ? Augment(x, context.RequireGenerator(this)) : x;

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;

    /// <summary>Changes images for a layer that is made of others.</summary>
    internal Tensor Apply(Tensor images, Generator generator) => Augment(images, generator);

    /// <summary>Changes images, <c>[batch, height, width, channels]</c>.</summary>
    private protected abstract Tensor Augment(Tensor images, Generator generator);
}
