using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// An activation function as a layer of its own.
/// <para>Input and output <c>[batch, ...]</c>, the same shape (but GLU halves an axis).</para>
/// <para>Keras: <c>Activation</c>; ONNX: see the activation.</para>
/// </summary>
public sealed record ActivationLayer : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="activation">The activation, e.g. <see cref="Activation.ReLU"/>.</param>
    public ActivationLayer(Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        Activation = activation;
    }

    /// <summary>The activation.</summary>
    public Activation Activation { get; init; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => Activation.ComputeOutputShape(this, input);

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => Activation.Apply(x);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => Activation.Export(onnx, input);
}
