using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="ReLU"/>, <see cref="LeakyReLU"/> and <see cref="ELU"/> have in common: each is an activation function with parameters.</summary>
public abstract record FunctionLayer : SingleInputLayer
{
    private protected FunctionLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    /// <summary>The function.</summary>
    private protected abstract Activation Function { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => Function.ComputeOutputShape(this, input);

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        Activation function = Function;
        return (x, _) => function.Apply(x);
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => Function.Export(onnx, input);
}
