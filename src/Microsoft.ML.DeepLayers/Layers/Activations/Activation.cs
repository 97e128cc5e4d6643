using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// An activation function: an immutable value, e.g. <c>Activation.ReLU</c> or <c>Activation.LeakyReLU(0.1f)</c>. As a
/// layer of its own it is <see cref="Layers.ActivationLayer"/>.
/// </summary>
public abstract partial record Activation
{
    /// <summary>What training computes.</summary>
    /// <param name="input">A tensor <c>[batch, ..., features]</c>.</param>
    public abstract Tensor Apply(Tensor input);

    /// <summary>Adds the ONNX nodes that compute the same.</summary>
    /// <param name="onnx">The graph to add to.</param>
    /// <param name="input">The input.</param>
    public abstract OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input);
}
