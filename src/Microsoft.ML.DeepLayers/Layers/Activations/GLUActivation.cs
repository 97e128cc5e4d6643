using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>The first half of the last axis times the sigmoid of the second half, which halves it. Along another one: <see cref="GLUActivation"/>. Keras: <c>glu</c>; ONNX: Split, Sigmoid and Mul.</summary>
    public static Activation GLU { get; } = new GLUActivation();
}

/// <summary>
/// A gated linear unit: the first half of an axis times the sigmoid of the second half (Dauphin et al. 2017). The output
/// has half as many positions along the axis. Keras: <c>glu</c>; ONNX: Split, Sigmoid and Mul.
/// </summary>
public sealed record GLUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="axis">The axis, counted from 1 (the batch being 0), or from -1 backwards. Default: -1, the last one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is 0.</exception>
    public GLUActivation(int axis = -1) => Axis = ActivationAxis.Check(axis);

    /// <summary>The axis, counted from 1 (the batch being 0), or from -1 backwards.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Layer layer, Shape input)
    {
        int position = ActivationAxis.Position(layer, input, Axis);
        return input[position] > 0 && input[position] % 2 == 0
            ? input.With(position, input[position] / 2)
            : throw new LayerShapeException(layer, [input], $"an even number of positions along axis {Axis} before its activation GLU, which halves it");
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Tensor[] halves = input.chunk(2, Axis);
        return halves[0].mul(halves[1].sigmoid());
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        int position = Axis < 0 ? input.Shape.Rank + Axis : Axis - 1;
        Shape half = input.Shape.With(position, input.Shape[position] / 2);
        IReadOnlyList<OnnxValue?> halves = onnx.Nodes("Split", [input], [half, half], OnnxAttribute.Int("axis", Axis));
        return onnx.Binary("Mul", halves[0]!, onnx.Elementwise("Sigmoid", halves[1]!));
    }
}
