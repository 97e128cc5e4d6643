using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x less the logarithm of the sum of e^x along the last axis. Along another one: <see cref="LogSoftmaxActivation"/>. Keras: <c>log_softmax</c>; ONNX: LogSoftmax.</summary>
    public static Activation LogSoftmax { get; } = new LogSoftmaxActivation();
}

/// <summary>
/// x less the logarithm of the sum of e^x along an axis: the logarithm of the softmax. Keras: <c>log_softmax</c>; ONNX:
/// LogSoftmax.
/// </summary>
public sealed record LogSoftmaxActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="axis">The axis, counted from 1 (the batch being 0), or from -1 backwards. Default: -1, the last one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is 0.</exception>
    public LogSoftmaxActivation(int axis = -1) => Axis = ActivationAxis.Check(axis);

    /// <summary>The axis, counted from 1 (the batch being 0), or from -1 backwards.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Layer layer, Shape input)
    {
        _ = ActivationAxis.Position(layer, input, Axis);
        return input;
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.log_softmax(input, Axis);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Node("LogSoftmax", [input], input.Shape, OnnxAttribute.Int("axis", Axis));
}
