using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>Numbers of categories as an <see cref="OutputMode"/> wants them. A number outside the categories gives zeros.</summary>
internal static class CategoryRows
{
    internal static void Check(OutputMode outputMode)
    {
        if (!Enum.IsDefined(outputMode))
        {
            throw new ArgumentOutOfRangeException(nameof(outputMode), outputMode, "There is no such output mode.");
        }
    }

    /// <summary>Whether each value is treated alone, so that steps stay steps.</summary>
    internal static bool KeepsSteps(OutputMode mode) => mode is OutputMode.Int or OutputMode.OneHot;

    internal static Shape OutputShape(Shape input, OutputMode mode, int categories)
    {
        if (mode == OutputMode.Int)
        {
            return input;
        }

        return IsRow(input, mode) ? input.With(-1, categories) : new Shape([.. input, categories]);
    }

    /// <summary>Encodes numbers of categories, <c>[batch, ...]</c>, floats.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="input">The shape of one example of them.</param>
    /// <param name="mode">The form.</param>
    /// <param name="categories">How many there are.</param>
    /// <param name="weights">What each value counts, in the shape of the numbers; <see langword="null"/> for 1.</param>
    internal static Tensor Encode(Tensor numbers, Shape input, OutputMode mode, int categories, Tensor? weights = null)
    {
        if (mode == OutputMode.Int)
        {
            return numbers;
        }

        Tensor rows = numbers.unsqueeze(-1).eq(TensorOperations.Arange(0, categories, numbers.dtype, numbers.device)).to(numbers.dtype);
        rows = weights is null ? rows : rows.mul(weights.unsqueeze(-1));
        return !IsRow(input, mode) ? rows : mode switch
        {
            OutputMode.OneHot => rows.squeeze(-2),
            OutputMode.MultiHot => rows.amax(-2),
            _ => rows.sum(-2),
        };
    }

    /// <summary>Adds the nodes that do the same.</summary>
    internal static OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue numbers, OutputMode mode, int categories, OnnxValue? weights = null)
    {
        const int Float = 1; // TensorProto.DataType
        Shape input = numbers.Shape;
        if (mode == OutputMode.Int)
        {
            return numbers;
        }

        Shape output = OutputShape(input, mode, categories);
        var each = new Shape([.. input, categories]);
        OnnxValue last = onnx.Constant(-1L);
        float[] all = [.. Enumerable.Range(0, categories).Select(category => (float)category)];
        OnnxValue column = onnx.Node("Unsqueeze", [numbers, last], new Shape([.. input, 1]));
        OnnxValue rows = onnx.Node("Cast", [onnx.Node("Equal", [column, onnx.Constant(all, categories)], each)], each, OnnxAttribute.Int("to", Float));
        if (weights is not null)
        {
            rows = onnx.Node("Mul", [rows, onnx.Node("Unsqueeze", [weights, last], new Shape([.. input, 1]))], each);
        }

        if (!IsRow(input, mode))
        {
            return rows;
        }

        OnnxValue beforeLast = onnx.Constant(-2L);
        return mode switch
        {
            OutputMode.OneHot => onnx.Node("Squeeze", [rows, beforeLast], output),
            OutputMode.MultiHot => onnx.Node("ReduceMax", [rows], output, OnnxAttribute.Ints("axes", -2), OnnxAttribute.Int("keepdims", 0)),
            _ => onnx.Node("ReduceSum", [rows, beforeLast], output, OnnxAttribute.Int("keepdims", 0)),
        };
    }

    /// <summary>Whether the last dimension becomes the row; else the row is a new one. A single number is its own row.</summary>
    private static bool IsRow(Shape input, OutputMode mode) => input.Rank > 0 && (mode != OutputMode.OneHot || input[-1] == 1);
}
