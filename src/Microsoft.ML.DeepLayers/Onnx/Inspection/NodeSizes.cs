namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// Upper bounds of the sizes of what one node computes, from those of its inputs: a rule for each of ONNX's operators, version
/// 17 (https://onnx.ai/onnx/operators/). Where elements decide a size, they must be known before the graph runs.
/// </summary>
internal sealed partial class NodeSizes(NodeOutline node, IReadOnlyList<TensorSize?> inputs)
{
    /// <summary>A transform of any length is computed by ones of a power of two, in several buffers of up to four times the length.</summary>
    private const int TransformedElements = 24;

    /// <summary>What sorting holds for each element: its position and a copy, each of 64 bits, and room for merging.</summary>
    private const int SortedElements = 8;

    /// <summary>What a tree of all different elements holds for each of them.</summary>
    private const int TreeElements = 64;

    /// <summary>The elements that the node needs while it runs, beside inputs and outputs.</summary>
    internal long Scratch { get; private set; }

    /// <summary>The sizes of all outputs.</summary>
    /// <exception cref="RefusedModelException">They cannot be told before the graph runs.</exception>
    /// <exception cref="InvalidDataException">The node is not as ONNX has it.</exception>
    internal TensorSize[] Infer()
    {
        TensorSize[] known = InferCommon() is { } common ? [common] : InferKnown();
        MarkBlocked(known[0]);
        var outputs = new TensorSize[node.Outputs.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            // Optional further outputs (masks, indices, means) are as large as the first one at most, wherever no rule says otherwise.
            outputs[i] = i < known.Length ? known[i] : known[0].OfType(ElementTypes.Int64);
        }

        return outputs;
    }

    private void MarkBlocked(TensorSize made)
    {
        if (made.Dimensions is { Length: 4 } dimensions)
        {
            made.IsBlocked = node.OpType == "Conv";
            foreach (TensorSize? input in inputs)
            {
                made.IsBlocked |= input is { IsBlocked: true } && input.Dimensions![1] == dimensions[1];
            }
        }
    }

    /// <summary>The operators of nearly all networks: the rules of all others are then not even compiled.</summary>
    private TensorSize? InferCommon()
    {
        switch (node.OpType)
        {
            case "MatMul":
                return MatMul(First, Input(1), First.Type);
            case "Gemm":
                return Gemm();
            case "Add" or "Mul" or "Sub":
                return Broadcast(First.Type);
            case "Identity" or "Relu" or "Sigmoid" or "Softmax" or "Tanh":
                Scratch = node.OpType == "Softmax" ? First.Count : 0;
                return First.OfType(First.Type, First.Numbers is null ? null : NodeNumbers.Unary(node, First));
            default:
                return null;
        }
    }

    private TensorSize First => Input(0);

    private TensorSize[] InferKnown()
    {
        switch (node.OpType)
        {
            case "Abs" or "Acos" or "Acosh" or "Asin" or "Asinh" or "Atan" or "Atanh" or "BatchNormalization" or "Bernoulli" or "Ceil" or "Celu" or "Clip"
                or "Cos" or "Cosh" or "CumSum" or "Dropout" or "Elu" or "Erf" or "Exp" or "Floor" or "HardSigmoid" or "HardSwish" or "Hardmax"
                or "InstanceNormalization" or "LRN" or "LayerNormalization" or "LeakyRelu" or "Log" or "LogSoftmax" or "LpNormalization"
                or "MeanVarianceNormalization" or "Neg" or "Optional" or "OptionalGetElement" or "Reciprocal" or "ReverseSequence" or "Round" or "Scatter"
                or "ScatterElements" or "ScatterND" or "Selu" or "Shrink" or "Sign" or "Sin" or "Sinh" or "Softplus"
                or "Softsign" or "Sqrt" or "StringNormalizer" or "Tan" or "ThresholdedRelu" or "Trilu":
                // Those that work along an axis may turn a copy first.
                Scratch = node.OpType is "Hardmax" or "LogSoftmax" or "LpNormalization" ? First.Count : 0;
                return [First.OfType(First.Type, NodeNumbers.Unary(node, First))];
            case "IsInf" or "IsNaN" or "Not":
                return [First.OfType(ElementTypes.Bool, NodeNumbers.Unary(node, First))];
            case "Cast":
                return [First.OfType(Type("to", First.Type), NodeNumbers.Cast(First, Type("to", First.Type)))];
            case "CastLike":
                return [First.OfType(Input(1).Type, NodeNumbers.Cast(First, Input(1).Type))];
            case "QuantizeLinear":
                return [First.OfType(Optional(2)?.Type ?? ElementTypes.UInt8)];
            case "DequantizeLinear":
                return [First.OfType(Input(1).Type)];
            case "DynamicQuantizeLinear":
                return [First.OfType(ElementTypes.UInt8), new TensorSize(ElementTypes.Float, []), new TensorSize(ElementTypes.UInt8, [])];
            case "RandomNormalLike" or "RandomUniformLike" or "EyeLike":
                return [First.OfType(Type("dtype", First.Type))];
            case "And" or "BitShift" or "Div" or "Max" or "Mean" or "Min" or "Mod" or "Or" or "PRelu" or "Pow" or "Sum" or "Xor":
                return [Broadcast(First.Type)];
            case "Equal" or "Greater" or "GreaterOrEqual" or "Less" or "LessOrEqual":
                return [Broadcast(ElementTypes.Bool)];
            case "Where":
                return [Broadcast(Input(1).Type)];
            case "ArgMax" or "ArgMin":
                return [Reduced(ElementTypes.Int64, [node.Integer("axis", 0)])];
            case ['R', 'e', 'd', 'u', 'c', 'e', ..]:
                Scratch = First.Count;
                return [Reduced(First.Type, ReducedAxes())];
            default:
                return InferShaped() ?? InferProduct() ?? InferWindow() ?? InferOther() ?? throw Untellable("its operator is not known");
        }
    }

    private TensorSize[]? InferOther()
    {
        switch (node.OpType)
        {
            case "NegativeLogLikelihoodLoss" or "SoftmaxCrossEntropyLoss":
                return [First, First];
            case "SequenceConstruct" or "ConcatFromSequence" or "SequenceInsert":
                return [new TensorSize(First.Type, inputs.Sum(input => input?.Count ?? 0))];
            case "Det" or "SplitToSequence" or "SequenceAt" or "SequenceErase":
                return [new TensorSize(First.Type, First.Count)];
            case "SequenceEmpty":
                return [new TensorSize(ElementTypes.Float, 0)];
            case "SequenceLength" or "OptionalHasElement":
                return [new TensorSize(ElementTypes.Int64, [])];
            case "Multinomial":
                return [new TensorSize(Type("dtype", ElementTypes.Int32), [Dimensions(First)[0], Bounded(node.Integer("sample_size", 1))])];
            case "RandomNormal" or "RandomUniform":
                return [new TensorSize(Type("dtype", ElementTypes.Float), [.. (node.Integers("shape") ?? []).Select(Bounded)])];
            case "BlackmanWindow" or "HammingWindow" or "HannWindow":
                return [new TensorSize(ElementTypes.Float, [Bounded(Scalar(0, "the size"))])];
            case "MelWeightMatrix":
                return [new TensorSize(ElementTypes.Float, [Bounded(Scalar(1, "the DFT's length")) + 1, Bounded(Scalar(0, "the number of bins"))])];
            case "DFT":
                TensorSize transformed = Transformed();
                Scratch = TensorSize.Multiply(TransformedElements, transformed.Count);
                return [transformed];
            case "STFT":
                return [ShortTime()];
            case "NonMaxSuppression":
                // Each box of each class at most; ONNX Runtime sorts them with their scores.
                Scratch = TensorSize.Multiply(SortedElements, Input(1).Count);
                return [new TensorSize(ElementTypes.Int64, TensorSize.Multiply(3, Input(1).Count))];
            case "TfIdfVectorizer":
                long width = (node.Integers("ngram_indexes") ?? []).Select(Bounded).DefaultIfEmpty().Max() + 1;
                return [new TensorSize(ElementTypes.Float, [.. Dimensions(First).SkipLast(1), width])];
            default:
                return null;
        }
    }

    private TensorSize Transformed()
    {
        long[] dimensions = [.. Dimensions(First)];
        int axis = Axis(node.Integer("axis", 1), dimensions.Length);
        dimensions[axis] = Math.Max(dimensions[axis], Optional(1) is null ? 0 : Bounded(Scalar(1, "the DFT's length")));
        dimensions[^1] = 2;
        return new TensorSize(First.Type, dimensions, isExact: false);
    }

    private TensorSize ShortTime()
    {
        long step = Math.Max(1, (long)Scalar(1, "the step"));
        long frame = Optional(2) is { } window ? window.Count : Bounded(Scalar(3, "the frame's length"));
        Scratch = TensorSize.Multiply(2 * TransformedElements, frame);
        long[] dimensions = Dimensions(First);
        return new TensorSize(First.Type, [dimensions[0], (dimensions.ElementAtOrDefault(1) / step) + 1, frame, 2], isExact: false);
    }

    private TensorSize Broadcast(int type)
    {
        (int rank, long product, bool hasShapes, bool isExact, bool hasNumbers) = (0, 1, true, true, true);
        foreach (TensorSize? value in inputs)
        {
            if (value is not null)
            {
                rank = Math.Max(rank, value.Dimensions?.Length ?? 0);
                product = TensorSize.Multiply(product, value.Count);
                hasShapes &= value.Dimensions is not null;
                isExact &= value.IsExact;
                hasNumbers &= value.Numbers is not null;
            }
        }

        if (!hasShapes)
        {
            return new TensorSize(type, product);
        }

        long[] dimensions = new long[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            dimensions[axis] = BroadcastAxis(rank, axis);
        }

        return new TensorSize(type, dimensions, isExact)
        {
            Numbers = hasNumbers ? NodeNumbers.Several(node, [.. inputs.OfType<TensorSize>()], type, TensorSize.Product(dimensions)) : null,
        };
    }

    private long BroadcastAxis(int rank, int axis)
    {
        long dimension = 1;
        foreach (TensorSize? value in inputs)
        {
            if (value?.Dimensions is { } given && axis >= rank - given.Length)
            {
                long one = given[axis - rank + given.Length];
                dimension = one == 1 ? dimension : dimension == 1 ? one : Math.Max(dimension, one);
            }
        }

        return dimension;
    }

    private List<long>? ReducedAxes()
    {
        if (node.Integers("axes") is { } given)
        {
            return [.. given];
        }

        return Optional(1) is { Count: > 0 } axes ? axes.Numbers is { } numbers ? [.. numbers.Select(Bounded)] : [] : null;
    }

    /// <summary>A reduction along some axes; along all for <see langword="null"/>, along none that is known for an empty list.</summary>
    private TensorSize Reduced(int type, List<long>? axes)
    {
        if (axes is null && node.Integer("noop_with_empty_axes", 0) != 0 || axes is { Count: 0 })
        {
            // Nothing is reduced, or it is not known what: no more than there was.
            return new TensorSize(type, First.Count);
        }

        if (First.Dimensions is not { } dimensions)
        {
            return new TensorSize(type, First.Count);
        }

        bool keeps = node.Integer("keepdims", 1) != 0;
        HashSet<int> reduced = axes is null ? [.. Enumerable.Range(0, dimensions.Length)] : [.. axes.Select(axis => Axis(axis, dimensions.Length))];
        long[] left = [.. dimensions.Select((dimension, axis) => reduced.Contains(axis) ? 1 : dimension).Where((_, axis) => keeps || !reduced.Contains(axis))];
        return new TensorSize(type, left, First.IsExact) { Numbers = TensorSize.Product(left) == 1 ? NodeNumbers.Reduce(node.OpType, First) : null };
    }

    private int Type(string attribute, int missing) => (int)Math.Clamp(node.Integer(attribute, missing), 0, 100);

    private TensorSize? Optional(int index) => index < inputs.Count ? inputs[index] : null;

    private TensorSize Input(int index) => Optional(index) ?? throw new InvalidDataException($"the node {node} lacks input {index}");

    private long[] Dimensions(TensorSize value) => value.Dimensions ?? throw Untellable("the shape of an input depends on numbers that are known only when it runs");

    private double[] Numbers(int input, string what) => Input(input).Numbers ?? throw Untellable($"{what} depends on numbers that are known only when it runs");

    private double Scalar(int input, string what) => Numbers(input, what) is [double number, ..] ? number : throw new InvalidDataException($"the node {node} has an empty input {input}");

    /// <summary>A number of a file as a size: not below 0, and not so large that sums overflow.</summary>
    private static long Bounded(double number) => double.IsNaN(number) ? 0 : (long)Math.Clamp(number, 0, 1L << 50);

    private static long Bounded(long number) => Math.Clamp(number, 0, 1L << 50);

    private int Axis(long axis, int rank)
    {
        long counted = axis < 0 ? axis + rank : axis;
        return counted >= 0 && counted < rank ? (int)counted : throw new InvalidDataException($"the node {node} works along the axis {axis} of {rank}");
    }

    private RefusedModelException Untellable(string why) => new(
        $"the memory that the node {node} takes cannot be told before it runs: {why}. A network that is scored from a model zip must have sizes that follow from its inputs' shapes");
}
