using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// An activation function: an immutable value, e.g. <c>Activation.ReLU</c> or <c>Activation.LeakyReLU(0.1f)</c>. As a
/// layer of its own it is <see cref="Layers.ActivationLayer"/>.
/// </summary>
public abstract partial record Activation
{
    /// <summary>
    /// The shape of the output: that of the input, but for such as <see cref="GLUActivation"/>. A layer that has an
    /// activation asks for it, and so gives the activation the occasion to refuse an input.
    /// </summary>
    /// <param name="layer">The layer that applies the activation, for the message.</param>
    /// <param name="input">The shape of the input, without the batch dimension.</param>
    /// <exception cref="LayerShapeException">The activation cannot be applied to such an input.</exception>
    public virtual Shape ComputeOutputShape(Layer layer, Shape input) => input;

    /// <summary>What training computes.</summary>
    /// <param name="input">A tensor <c>[batch, ..., features]</c>.</param>
    public abstract Tensor Apply(Tensor input);

    /// <summary>
    /// What training computes, for a layer that needs its own result no more: where gradients follow from the output alone it
    /// is written over the input, which saves a tensor.
    /// </summary>
    /// <param name="own">A tensor that nobody else reads.</param>
    internal virtual Tensor ApplyInPlace(Tensor own) => Apply(own);

    /// <summary>Adds the ONNX nodes that compute the same.</summary>
    /// <param name="onnx">The graph to add to.</param>
    /// <param name="input">The input.</param>
    public abstract OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input);
}
