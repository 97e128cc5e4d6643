namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>Operators that move, repeat, cut out or make elements.</summary>
internal sealed partial class NodeSizes
{
    private TensorSize[]? InferShaped()
    {
        switch (node.OpType)
        {
            case "Shape":
                return [Shape()];
            case "Size":
                return [new TensorSize(ElementTypes.Int64, []) { Numbers = First.IsExact ? [First.Count] : null }];
            case "Reshape":
                return [Reshape()];
            case "Flatten":
                return [Flatten()];
            case "Squeeze":
                return [Squeeze()];
            case "Unsqueeze":
                return [Unsqueeze()];
            case "Transpose":
                return [Transpose()];
            case "Constant":
                return [Constant()];
            case "ConstantOfShape":
                return [Filled()];
            case "Expand":
                return [Expand()];
            case "Tile":
                return [Tile()];
            case "Pad":
                return [Pad()];
            case "Resize":
                return [Resize()];
            case "Range":
                return [Range()];
            case "OneHot":
                return [OneHot()];
            case "Concat":
                return [Concat()];
            case "Split":
                return Split();
            case "Slice":
                return [Slice()];
            case "Gather":
                return [Gather()];
            case "GatherElements":
                return [Input(1).OfType(First.Type)];
            case "GatherND":
                return [GatherMany()];
            case "Compress":
                return [new TensorSize(First.Type, First.Count)];
            case "NonZero":
                return [new TensorSize(ElementTypes.Int64, [Dimensions(First).Length, First.Count], isExact: false)];
            case "Unique":
                Scratch = TensorSize.Multiply(TreeElements, First.Count);
                return [First.Dimensions is { } all && node.Find("axis") is not null ? new TensorSize(First.Type, all, isExact: false) : new TensorSize(First.Type, [First.Count], isExact: false)];
            case "TopK":
                Scratch = TensorSize.Multiply(SortedElements, First.Count);
                return [TopK(), TopK().OfType(ElementTypes.Int64)];
            case "DepthToSpace" or "SpaceToDepth":
                return [Blocks()];
            default:
                return null;
        }
    }

    private TensorSize Shape()
    {
        long[] dimensions = Dimensions(First);
        long end = node.Integer("end", dimensions.Length), start = node.Integer("start", 0);
        int from = (int)Math.Clamp(start < 0 ? start + dimensions.Length : start, 0, dimensions.Length);
        int to = (int)Math.Clamp(end < 0 ? end + dimensions.Length : end, from, dimensions.Length);
        return new TensorSize(ElementTypes.Int64, [to - from]) { Numbers = First.IsExact ? [.. dimensions[from..to].Select(dimension => (double)dimension)] : null };
    }

    private TensorSize Reshape()
    {
        if (Input(1).Numbers is not { } shape)
        {
            return new TensorSize(First.Type, First.Count);
        }

        long[] dimensions = new long[shape.Length];
        int open = -1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == -1)
            {
                open = open < 0 ? i : throw new InvalidDataException($"the node {node} leaves two dimensions open");
                dimensions[i] = 1;
            }
            else
            {
                bool takes = shape[i] == 0 && node.Integer("allowzero", 0) == 0;
                dimensions[i] = takes ? Dimensions(First).ElementAtOrDefault(i) : Bounded(shape[i]);
            }
        }

        if (open >= 0)
        {
            long known = TensorSize.Product(dimensions);
            dimensions[open] = known == 0 ? 0 : First.Count / known;
        }

        // A Reshape makes no elements, whatever its shape says.
        TensorSize made = new(First.Type, dimensions, First.IsExact) { Numbers = First.Numbers };
        return made.Count <= First.Count ? made : throw new InvalidDataException($"the node {node} makes {made} of {First}");
    }

    private TensorSize Flatten()
    {
        long[] dimensions = Dimensions(First);
        long axis = node.Integer("axis", 1);
        int at = (int)Math.Clamp(axis < 0 ? axis + dimensions.Length : axis, 0, dimensions.Length);
        return First.As([TensorSize.Product(dimensions.AsSpan(0, at)), TensorSize.Product(dimensions.AsSpan(at))]);
    }

    private TensorSize Squeeze()
    {
        if (First.Dimensions is not { } dimensions || Optional(1) is { Numbers: null })
        {
            return new TensorSize(First.Type, First.Count);
        }

        // Without axes, all dimensions of 1 go, which must then be known.
        if (Optional(1) is null && !First.IsExact)
        {
            return new TensorSize(First.Type, First.Count);
        }

        HashSet<int> gone = Optional(1)?.Numbers is { } axes
            ? [.. axes.Select(axis => Axis((long)axis, dimensions.Length))]
            : [.. Enumerable.Range(0, dimensions.Length).Where(axis => dimensions[axis] == 1)];
        return First.As([.. dimensions.Where((_, axis) => !gone.Contains(axis))]);
    }

    private TensorSize Unsqueeze()
    {
        if (First.Dimensions is not { } dimensions || Input(1).Numbers is not { } axes)
        {
            return new TensorSize(First.Type, First.Count);
        }

        int rank = dimensions.Length + axes.Length;
        HashSet<int> added = [.. axes.Select(axis => Axis((long)axis, rank))];
        var rest = new Queue<long>(dimensions);
        return First.As([.. Enumerable.Range(0, rank).Select(axis => added.Contains(axis) || rest.Count == 0 ? 1 : rest.Dequeue())]);
    }

    private TensorSize Transpose()
    {
        if (First.Dimensions is not { } dimensions)
        {
            return new TensorSize(First.Type, First.Count);
        }

        IEnumerable<int> order = node.Integers("perm") is { } given
            ? given.Select(axis => Axis(axis, dimensions.Length))
            : Enumerable.Range(0, dimensions.Length).Reverse();
        long[] turned = [.. order.Select(axis => dimensions[axis])];
        return turned.Length == dimensions.Length
            ? new TensorSize(First.Type, turned, First.IsExact) { Numbers = dimensions.Length < 2 ? First.Numbers : null }
            : throw new InvalidDataException($"the node {node} turns {turned.Length} of {dimensions.Length} axes");
    }

    private TensorSize Constant()
    {
        foreach (AttributeOutline attribute in node.Attributes)
        {
            switch (attribute.Name)
            {
                case "value" when attribute.Tensor is { } tensor:
                    return new TensorSize(tensor.Type, tensor.Dimensions) { Numbers = tensor.Numbers };
                case "value_int":
                    return new TensorSize(ElementTypes.Int64, []) { Numbers = [attribute.Integer] };
                case "value_ints":
                    return new TensorSize(ElementTypes.Int64, [attribute.Integers.Length]) { Numbers = [.. attribute.Integers.Select(number => (double)number)] };
                case "value_float":
                    return new TensorSize(ElementTypes.Float, []) { Numbers = [attribute.Number] };
                case "value_floats":
                    return new TensorSize(ElementTypes.Float, [attribute.Numbers.Length]) { Numbers = attribute.Numbers };
                case "value_string":
                    return new TensorSize(ElementTypes.String, []);
                case "value_strings":
                    return new TensorSize(ElementTypes.String, [attribute.TextCount]);
            }
        }

        throw new InvalidDataException($"the node {node} has no value");
    }

    private TensorSize Filled()
    {
        TensorOutline? value = node.Find("value")?.Tensor;
        double? number = node.Find("value") is null ? 0 : value?.Numbers is [double one, ..] ? one : null;
        var made = new TensorSize(value?.Type ?? ElementTypes.Float, Sizes(0, "the shape"));
        return new TensorSize(made.Type, made.Dimensions!) { Numbers = number is { } same ? NodeNumbers.Repeat([same], made.Count) : null };
    }

    private TensorSize Expand()
    {
        long[] wanted = Sizes(1, "the shape");
        long[] given = Dimensions(First);
        int rank = Math.Max(wanted.Length, given.Length);
        long[] dimensions = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            long left = i < rank - given.Length ? 1 : given[i - rank + given.Length];
            long right = i < rank - wanted.Length ? 1 : wanted[i - rank + wanted.Length];
            dimensions[i] = left == 1 ? right : right == 1 ? left : Math.Max(left, right);
        }

        return new TensorSize(First.Type, dimensions, First.IsExact)
        {
            Numbers = First is { Count: 1, Numbers: { } one } ? NodeNumbers.Repeat(one, TensorSize.Product(dimensions)) : null,
        };
    }

    private TensorSize Tile()
    {
        long[] times = Sizes(1, "the repetition");
        long[] dimensions = Dimensions(First);
        return times.Length == dimensions.Length
            ? new TensorSize(First.Type, [.. dimensions.Zip(times, TensorSize.Multiply)], First.IsExact)
            : throw new InvalidDataException($"the node {node} repeats {dimensions.Length} axes {times.Length} times");
    }

    private TensorSize Pad()
    {
        double[] pads = Numbers(1, "the padding");
        long[] dimensions = Dimensions(First);
        if (pads.Length != 2 * dimensions.Length)
        {
            throw new InvalidDataException($"the node {node} pads {dimensions.Length} axes by {pads.Length} numbers");
        }

        return new TensorSize(
            First.Type,
            [.. dimensions.Select((dimension, axis) => Bounded(dimension + Math.Clamp(pads[axis], -1e15, 1e15) + Math.Clamp(pads[axis + dimensions.Length], -1e15, 1e15)))],
            First.IsExact);
    }

    private TensorSize Resize()
    {
        long[] dimensions = Dimensions(First);
        bool hasSizes = Optional(3) is { Count: > 0 };
        double[] given = Numbers(hasSizes ? 3 : 2, "the scale");
        if (given.Length != dimensions.Length)
        {
            throw new InvalidDataException($"the node {node} scales {dimensions.Length} axes by {given.Length} numbers");
        }

        return new TensorSize(First.Type, [.. dimensions.Select((dimension, axis) => Bounded(hasSizes ? given[axis] : Math.Floor(dimension * given[axis])))], First.IsExact);
    }

    private TensorSize Range()
    {
        (double start, double limit, double step) = (Scalar(0, "the start"), Scalar(1, "the end"), Scalar(2, "the step"));
        if (!(Math.Abs(start) <= NodeNumbers.MostExact && Math.Abs(limit) <= NodeNumbers.MostExact && Math.Abs(step) <= NodeNumbers.MostExact))
        {
            throw Untellable("its numbers are too large");
        }

        long count = step == 0 ? throw new InvalidDataException($"the node {node} has the step 0") : Bounded(Math.Ceiling((limit - start) / step));
        return new TensorSize(First.Type, [count])
        {
            Numbers = count <= TensorOutline.MostNumbers && ElementTypes.IsWhole(First.Type) ? [.. Enumerable.Range(0, (int)count).Select(i => start + (i * step))] : null,
        };
    }

    private TensorSize OneHot()
    {
        long depth = Bounded(Scalar(1, "the depth"));
        List<long> dimensions = [.. Dimensions(First)];
        dimensions.Insert(Axis(node.Integer("axis", -1), dimensions.Count + 1), depth);
        return new TensorSize(Input(2).Type, [.. dimensions], First.IsExact);
    }

    private TensorSize Concat()
    {
        TensorSize[] parts = [.. inputs.OfType<TensorSize>()];
        if (parts.Length == 0 || Array.Exists(parts, part => part.Dimensions is null))
        {
            return new TensorSize(First.Type, parts.Sum(part => part.Count));
        }

        long[] dimensions = [.. parts[0].Dimensions!];
        int along = Axis(node.Integer("axis", 0), dimensions.Length);
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = axis == along
                ? parts.Sum(part => part.Dimensions!.ElementAtOrDefault(axis))
                : parts.Max(part => part.Dimensions!.ElementAtOrDefault(axis));
        }

        return new TensorSize(First.Type, dimensions, Array.TrueForAll(parts, part => part.IsExact))
        {
            Numbers = dimensions.Length == 1 && dimensions[0] <= TensorOutline.MostNumbers && Array.TrueForAll(parts, part => part.Numbers is not null)
                ? [.. parts.SelectMany(part => part.Numbers!)] : null,
        };
    }

    private TensorSize[] Split()
    {
        if (First.Dimensions is not { } whole || Optional(1) is { Numbers: null })
        {
            return [.. node.Outputs.Select(_ => new TensorSize(First.Type, First.Count))];
        }

        int axis = Axis(node.Integer("axis", 0), whole.Length);
        double[] parts = Optional(1)?.Numbers ?? [.. node.Outputs.Select(_ => Math.Ceiling((double)whole[axis] / node.Outputs.Count))];
        return parts.Length == node.Outputs.Count && parts.Sum(part => (double)Bounded(part)) <= whole[axis] + parts.Length
            ? [.. parts.Select(part => new TensorSize(First.Type, [.. whole[..axis], Bounded(part), .. whole[(axis + 1)..]], First.IsExact))]
            : throw new InvalidDataException($"the node {node} splits {First} into {parts.Length} parts for {node.Outputs.Count} outputs");
    }

    private TensorSize Slice()
    {
        if (First.Dimensions is not { } whole)
        {
            return new TensorSize(First.Type, First.Count);
        }

        if (Input(1).Numbers is not { } starts || Input(2).Numbers is not { } ends || Optional(3) is { Numbers: null } || Optional(4) is { Numbers: null })
        {
            return new TensorSize(First.Type, whole, isExact: false);
        }

        long[] dimensions = [.. whole];
        double[] axes = Optional(3)?.Numbers ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (double)axis)];
        double[]? numbers = whole.Length == 1 && starts.Length == 1 ? First.Numbers : null;
        for (int i = 0; i < starts.Length && i < ends.Length && i < axes.Length; i++)
        {
            int axis = Axis((long)axes[i], dimensions.Length);
            double step = Optional(4)?.Numbers?.ElementAtOrDefault(i) ?? 1;
            (dimensions[axis], numbers) = NodeNumbers.Slice(whole[axis], starts[i], ends[i], step, numbers);
        }

        return new TensorSize(First.Type, dimensions, First.IsExact) { Numbers = starts.Length == 1 ? numbers : null };
    }

    private TensorSize Gather()
    {
        TensorSize indices = Input(1);
        if (First.Dimensions is not { } dimensions || indices.Dimensions is not { } taken)
        {
            return new TensorSize(First.Type, TensorSize.Multiply(First.Count, indices.Count));
        }

        int axis = Axis(node.Integer("axis", 0), dimensions.Length);
        return new TensorSize(First.Type, [.. dimensions[..axis], .. taken, .. dimensions[(axis + 1)..]], First.IsExact && indices.IsExact)
        {
            Numbers = dimensions.Length == 1 ? NodeNumbers.Gather(First.Numbers, indices.Numbers) : null,
        };
    }

    private TensorSize GatherMany()
    {
        (long[] dimensions, long[] indices) = (Dimensions(First), Dimensions(Input(1)));
        long batch = Bounded(node.Integer("batch_dims", 0));
        long depth = indices.Length == 0 ? 0 : indices[^1];
        return new TensorSize(First.Type, [.. indices.SkipLast(1), .. dimensions.Skip((int)Math.Min(dimensions.Length, batch + depth))], First.IsExact && Input(1).IsExact);
    }

    private TensorSize TopK()
    {
        long[] dimensions = [.. Dimensions(First)];
        int axis = Axis(node.Integer("axis", -1), dimensions.Length);
        double[]? count = Input(1).Numbers;
        dimensions[axis] = count is [double known, ..] ? Math.Min(dimensions[axis], Bounded(known)) : dimensions[axis];
        return new TensorSize(First.Type, dimensions, First.IsExact && count is not null);
    }

    private TensorSize Blocks()
    {
        long[] dimensions = Dimensions(First);
        long size = Math.Max(1, Bounded(node.Integer("blocksize", 1)));
        if (dimensions is not [long images, long channels, long height, long width])
        {
            throw new InvalidDataException($"the node {node} takes images, not {First}");
        }

        long area = Math.Max(1, TensorSize.Multiply(size, size));
        return new TensorSize(
            First.Type,
            node.OpType == "DepthToSpace"
                ? [images, channels / area, TensorSize.Multiply(height, size), TensorSize.Multiply(width, size)]
                : [images, TensorSize.Multiply(channels, area), height / size, width / size],
            First.IsExact);
    }

    /// <summary>Sizes that an input gives.</summary>
    private long[] Sizes(int input, string what) => [.. Numbers(input, what).Select(Bounded)];
}
