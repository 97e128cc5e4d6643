using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What the layers that merge their inputs element by element have in common. Inputs of different shapes are spread as in
/// NumPy: an example of fewer dimensions gets dimensions of 1 in front, and a dimension of 1 stands for as many as others
/// have. A step counts where it counts in one of the inputs, provided that all have a mask.
/// </summary>
public abstract record ElementwiseMerge : Merge
{
    private protected ElementwiseMerge()
    {
    }

    /// <summary>The output, of inputs that have as many dimensions as it, and of their masks.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="masks">Masks that spread over their inputs, <c>[batch, steps, 1, ...]</c>, or <see langword="null"/>.</param>
    private protected abstract Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks);

    /// <summary>The same as ONNX nodes.</summary>
    private protected abstract OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output);

    private protected override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        int rank = inputs.Max(input => input.Rank);
        int[] output = [.. Enumerable.Repeat(1, rank)];
        foreach (Shape input in inputs)
        {
            if (input.HasVariableLength && input.Rank < rank)
            {
                throw new LayerShapeException(this, inputs, "inputs of variable length that all have as many dimensions");
            }

            for (int i = 0; i < input.Rank; i++)
            {
                ref int length = ref output[rank - input.Rank + i];
                length = input[i] == Shape.Variable || length == 1 || length == input[i] ? (length == Shape.Variable ? length : input[i])
                    : input[i] == 1 || length == Shape.Variable ? length
                    : throw new LayerShapeException(this, inputs, "inputs of the same shape, or with 1 where their dimensions differ");
            }
        }

        return new Shape(output);
    }

    private protected sealed override Func<IReadOnlyList<Tensor>, ForwardContext, Tensor> BuildMerge(IReadOnlyList<Shape> inputShapes)
    {
        int rank = inputShapes.Max(input => input.Rank);
        return (inputs, context) => Combine(
            [.. inputs.Select(input => input.dim() > rank
                ? input
                : input.reshape([input.shape[0], .. Enumerable.Repeat(1L, rank + 1 - (int)input.dim()), .. input.shape[1..]]))],
            [.. inputs.Select((input, i) => context.Mask(i) is { } mask && Keeps(rank, (int)input.dim() - 1)
                ? mask.reshape([.. mask.shape, .. Enumerable.Repeat(1L, rank - 1)])
                : null)]);
    }

    private protected sealed override OnnxValue ExportMerge(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, Shape output)
    {
        return ExportCombined(
            onnx,
            [.. inputs.Select(input => input.Shape.Rank == output.Rank ? input : Spread(input))],
            [.. inputs.Select(input => input.Mask is { } mask && Keeps(output.Rank, input.Shape.Rank) ? SpreadMask(mask) : null)],
            output);

        OnnxValue Spread(OnnxValue input)
        {
            int missing = output.Rank - input.Shape.Rank;
            return onnx.Node("Unsqueeze", [input, Axes(1, missing)], new Shape([.. Enumerable.Repeat(1, missing), .. input.Shape]));
        }

        OnnxValue SpreadMask(OnnxValue mask) => output.Rank == 1
            ? mask
            : onnx.Node("Unsqueeze", [mask, Axes(2, output.Rank - 1)], new Shape([.. mask.Shape, .. Enumerable.Repeat(1, output.Rank - 1)]));

        OnnxValue Axes(int first, int count) => onnx.Constant([.. Enumerable.Range(first, count).Select(axis => (long)axis)]);
    }

    private protected sealed override Tensor? MergeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        long rank = inputs.Max(input => input.dim());
        return masks.Any(mask => mask is null) || inputs.Any(input => !Keeps((int)rank, (int)input.dim()))
            ? null
            : masks.Aggregate((all, mask) => all!.logical_or(mask!));
    }

    private protected sealed override OnnxValue? ExportMergedMask(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        Shape output = OutputShape([.. inputs.Select(input => input.Shape)]);
        return inputs.Any(input => input.Mask is null || !Keeps(output.Rank, input.Shape.Rank))
            ? null
            : inputs.Select(input => input.Mask!).Aggregate((all, mask) => onnx.Node("Or", [all, mask], new Shape(output[0])));
    }

    /// <summary>
    /// Applies an operation of two inputs to all. Where a step does not count in one of the two, it is the other's alone.
    /// </summary>
    private protected static Tensor Fold(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks, Func<Tensor, Tensor, Tensor> operation)
    {
        (Tensor output, Tensor? outputMask) = (inputs[0], masks[0]);
        for (int i = 1; i < inputs.Count; i++)
        {
            Tensor x = masks[i] is { } mask ? where(mask, inputs[i], output) : inputs[i];
            output = operation(outputMask is null ? output : where(outputMask, output, x), x);
            outputMask = outputMask is null || masks[i] is null ? null : outputMask.logical_or(masks[i]!);
        }

        return output;
    }

    /// <summary>The same as ONNX nodes; the operator takes any number of inputs.</summary>
    private protected static OnnxValue ExportFold(
        OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape shape, string operation)
    {
        if (masks.All(mask => mask is null))
        {
            return onnx.Together(operation, inputs, shape);
        }

        (OnnxValue output, OnnxValue? outputMask) = (inputs[0], masks[0]);
        for (int i = 1; i < inputs.Count; i++)
        {
            OnnxValue x = masks[i] is { } mask ? onnx.Node("Where", [mask, inputs[i], output], shape) : inputs[i];
            output = outputMask is null ? output : onnx.Node("Where", [outputMask, output, x], shape);
            output = onnx.Node(operation, [output, x], shape);
            outputMask = outputMask is null || masks[i] is null ? null : onnx.Node("Or", [outputMask, masks[i]], shape);
        }

        return output;
    }

    /// <summary>An input that gets dimensions in front has its steps no longer where the output has them.</summary>
    private static bool Keeps(int rank, int inputRank) => rank == inputRank;
}
