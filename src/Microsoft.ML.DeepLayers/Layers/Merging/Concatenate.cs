using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Puts its inputs one after the other along an axis.
/// <para>Inputs <c>[batch, ...]</c>, any number, that differ along the axis alone; output <c>[batch, ...]</c>.</para>
/// <para>
/// Where an input has a mask, the output has one: the inputs' masks one after the other along the axis of steps; along
/// any other axis a step counts where it counts in one of the inputs. An input without a mask counts everywhere.
/// </para>
/// <para>Keras: <c>Concatenate</c>; ONNX: Concat.</para>
/// </summary>
/// <example><c>new Concatenate()</c> makes <c>[10, 7]</c> of <c>[10, 4]</c> and <c>[10, 3]</c>.</example>
public sealed record Concatenate : Merge
{
    private const int Bool = 9; // TensorProto.DataType

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axis: as in Keras 1 is the first dimension of an example, and 0, the batch, is refused. Default: -1, the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is 0.</exception>
    public Concatenate(int axis = -1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(axis);
        Axis = axis;
    }

    /// <summary>The axis.</summary>
    public int Axis { get; }

    private protected override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        Shape output = inputs[0];
        int position = Axes.Position(this, inputs, output, Axis);
        foreach (Shape input in inputs.Skip(1))
        {
            if (input.Rank != output.Rank || !input.Select((length, i) => i == position || Fits(length, output[i])).All(fits => fits))
            {
                throw new LayerShapeException(this, inputs, $"inputs whose shapes differ along axis {Axis} alone");
            }

            int whole = output[position] == Shape.Variable || input[position] == Shape.Variable ? Shape.Variable : output[position] + input[position];
            int[] lengths = [.. output.Select((length, i) => i == position ? whole : Math.Max(length, input[i]))];
            output = new Shape(lengths);
        }

        return output;
    }

    private protected override Func<IReadOnlyList<Tensor>, ForwardContext, Tensor> BuildMerge(IReadOnlyList<Shape> inputShapes)
    {
        int axis = Axes.Position(this, inputShapes, inputShapes[0], Axis) + 1;
        return (inputs, _) => cat([.. inputs], axis);
    }

    private protected override OnnxValue ExportMerge(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, Shape output)
    {
        int position = Axes.Position(this, [output], output, Axis);
        return onnx.Together("Concat", inputs, output, attributes: channelsFirst =>
            [OnnxAttribute.Int("axis", OnnxGraphBuilder.DataAxis(output, position, channelsFirst))]);
    }

    private protected override Tensor? MergeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        if (masks.All(mask => mask is null))
        {
            return null;
        }

        Tensor[] all = [.. masks.Select((mask, i) => mask ?? ones(inputs[i].shape[..2], dtype: ScalarType.Bool, device: inputs[i].device))];
        return IsAlongSteps((int)inputs[0].dim() - 1) ? cat(all, 1) : all.Aggregate((left, right) => left.logical_or(right));
    }

    private protected override OnnxValue? ExportMergedMask(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        if (inputs.All(input => input.Mask is null))
        {
            return null;
        }

        Shape output = OutputShape([.. inputs.Select(input => input.Shape)]);
        OnnxValue[] all = [.. inputs.Select(input => input.Mask ?? Everywhere(input))];
        return IsAlongSteps(output.Rank)
            ? onnx.Node("Concat", all, new Shape(output[0]), OnnxAttribute.Int("axis", 1))
            : all.Aggregate((left, right) => onnx.Node("Or", [left, right], new Shape(output[0])));

        OnnxValue Everywhere(OnnxValue input)
        {
            OnnxValue size = onnx.Node("Slice", [onnx.Node("Shape", [input], default), onnx.Constant(0), onnx.Constant(2)], default);
            OnnxValue yes = onnx.Node("Cast", [onnx.Constant([1f], 1, 1)], default, OnnxAttribute.Int("to", Bool));
            return onnx.Node("Expand", [yes, size], new Shape(input.Shape[0]));
        }
    }

    private static bool Fits(int length, int other) => length == other || length == Shape.Variable || other == Shape.Variable;

    private bool IsAlongSteps(int rank) => Axis == 1 || Axis == -rank;
}
