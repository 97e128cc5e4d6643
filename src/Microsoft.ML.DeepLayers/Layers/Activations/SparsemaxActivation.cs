using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>The nearest point of the probability simplex along the last axis, which often has zeros. Along another one: <see cref="SparsemaxActivation"/>. Keras: <c>sparsemax</c>; ONNX: TopK and CumSum.</summary>
    public static Activation Sparsemax { get; } = new SparsemaxActivation();
}

/// <summary>
/// The nearest point of the probability simplex along an axis: max(x - τ, 0), with τ such that the sum is 1 (Martins and
/// Astudillo 2016). Like the softmax it gives probabilities, of which many are exactly 0.
/// <para>
/// With the numbers sorted, z₁ the largest, the support is the k of them for which 1 + k · z_k &gt; z₁ + ... + z_k, and τ =
/// (z₁ + ... + z_k - 1) / k. (Keras 3 sums cumulative sums instead, so that its result is no distribution where k &gt; 1.)
/// </para>
/// Keras: <c>sparsemax</c>; ONNX: TopK, CumSum and others.
/// </summary>
public sealed record SparsemaxActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="axis">The axis, counted from 1 (the batch being 0), or from -1 backwards. Default: -1, the last one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is 0.</exception>
    public SparsemaxActivation(int axis = -1) => Axis = ActivationAxis.Check(axis);

    /// <summary>The axis, counted from 1 (the batch being 0), or from -1 backwards.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Layer layer, Shape input)
    {
        int position = ActivationAxis.Position(layer, input, Axis);
        return input[position] != Shape.Variable
            ? input
            : throw new LayerShapeException(layer, [input], $"a known number of positions along axis {Axis} before its activation Sparsemax, which sorts them");
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        long count = input.shape[Position(input.dim())];
        long[] along = new long[input.dim()];
        Array.Fill(along, 1);
        along[Position(input.dim())] = count;
        (Tensor sorted, _) = input.sort(dim: Axis, descending: true);
        Tensor ranks = TensorOperations.Arange(1, count + 1, input.dtype, input.device).view(along);
        Tensor support = sorted.detach().mul(ranks).Add(1).greater(sorted.detach().cumsum(Axis)).to(input.dtype);
        Tensor threshold = sorted.mul(support).sum(Axis, keepdim: true).Subtract(1).div(support.sum(Axis, keepdim: true));
        return input.sub(threshold).relu();
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        const int Float = 1; // TensorProto.DataType
        int position = (int)Position(input.Shape.Rank + 1);
        int count = input.Shape[position - 1];
        long[] along = [count, .. Enumerable.Repeat(1L, input.Shape.Rank - position)];
        float[] numbers = [.. Enumerable.Range(1, count).Select(rank => (float)rank)];
        Shape one = input.Shape.With(position - 1, 1);
        OnnxValue axis = onnx.Constant(position);
        OnnxValue sorted = onnx.Nodes("TopK", [input, onnx.Constant(count)], [input.Shape, input.Shape], OnnxAttribute.Int("axis", position))[0]!;
        OnnxValue products = onnx.Elementwise("Add", onnx.Node("Mul", [sorted, onnx.Constant(numbers, along)], input.Shape), [onnx.Constant([1f])]);
        OnnxValue cumulative = onnx.Node("CumSum", [sorted, axis], input.Shape);
        OnnxValue support = onnx.Elementwise("Cast", onnx.Binary("Greater", products, cumulative), null, OnnxAttribute.Int("to", Float));
        OnnxValue sum = onnx.Node("ReduceSum", [onnx.Binary("Mul", sorted, support), axis], one);
        OnnxValue size = onnx.Node("ReduceSum", [support, axis], one);
        OnnxValue threshold = onnx.Binary("Div", onnx.Elementwise("Sub", sum, [onnx.Constant([1f])]), size);
        return onnx.Elementwise("Relu", onnx.Node("Sub", [input, threshold], input.Shape));
    }

    /// <summary>The axis, counted from 0, of a tensor of so many dimensions.</summary>
    private long Position(long dimensions) => Axis < 0 ? dimensions + Axis : Axis;
}
