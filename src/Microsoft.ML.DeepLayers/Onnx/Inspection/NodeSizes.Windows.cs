namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>Operators of windows that slide over positions, channels first.</summary>
internal sealed partial class NodeSizes
{
    private TensorSize[]? InferWindow()
    {
        switch (node.OpType)
        {
            case "Conv":
                return [Convolution(Input(1), First.Type)];
            case "ConvInteger":
                return [Convolution(Input(1), ElementTypes.Int32)];
            case "QLinearConv":
                return [Convolution(Input(3), ElementTypes.UInt8)];
            case "ConvTranspose":
                return [TransposedConvolution()];
            case "AveragePool" or "LpPool" or "MaxPool":
                return [Pooled()];
            case "GlobalAveragePool" or "GlobalLpPool" or "GlobalMaxPool":
                return [new TensorSize(First.Type, [.. Dimensions(First).Select((dimension, axis) => axis < 2 ? dimension : 1)], First.IsExact)];
            case "MaxUnpool":
                return [Unpooled()];
            case "MaxRoiPool":
                return [new TensorSize(First.Type, [Dimensions(Input(1))[0], ChannelsOf(First), .. (node.Integers("pooled_shape") ?? []).Select(Bounded)], isExact: false)];
            case "RoiAlign":
                return [new TensorSize(First.Type, [Dimensions(Input(1))[0], ChannelsOf(First), Bounded(node.Integer("output_height", 1)), Bounded(node.Integer("output_width", 1))], isExact: false)];
            case "GridSample":
                return [new TensorSize(First.Type, [Dimensions(First)[0], ChannelsOf(First), .. Dimensions(Input(1)).Skip(1).SkipLast(1)], First.IsExact && Input(1).IsExact)];
            default:
                return null;
        }
    }

    private long ChannelsOf(TensorSize value) =>
        Dimensions(value) is [_, long channels, ..] ? channels : throw new InvalidDataException($"the node {node} takes channels and positions, not {value}");

    private TensorSize Convolution(TensorSize kernel, int type)
    {
        (long[] dimensions, long[] weights) = (Dimensions(First), Dimensions(kernel));
        if (dimensions.Length < 3 || weights.Length != dimensions.Length)
        {
            throw new InvalidDataException($"the node {node} has a kernel of {kernel} for {First}");
        }

        long[] positions = Positions(dimensions[2..], weights[2..]);
        // Integers, and more than three axes, are brought into rows of windows.
        Scratch = type == ElementTypes.Int32 || type == ElementTypes.UInt8 || dimensions.Length > 5
            ? TensorSize.Multiply(TensorSize.Product(weights.AsSpan(1)), TensorSize.Product(positions)) : 0;
        return new TensorSize(type, [dimensions[0], weights[0], .. positions], First.IsExact && kernel.IsExact);
    }

    private TensorSize TransposedConvolution()
    {
        (long[] dimensions, long[] weights) = (Dimensions(First), Dimensions(Input(1)));
        if (dimensions.Length < 3 || weights.Length != dimensions.Length)
        {
            throw new InvalidDataException($"the node {node} has a kernel of {Input(1)} for {First}");
        }

        int axes = dimensions.Length - 2;
        long[] positions = new long[axes];
        for (int i = 0; i < axes; i++)
        {
            long reach = TensorSize.Multiply(At("dilations", i, 1), weights[i + 2] - 1) + 1;
            long whole = TensorSize.Multiply(At("strides", i, 1), dimensions[i + 2] - 1) + reach + At("output_padding", i, 0);
            positions[i] = node.Integers("output_shape") is { } shape && i < shape.Length ? Bounded(shape[i])
                : Bounded(whole - At("pads", i, 0) - At("pads", i + axes, 0));
            // Same padding gives the input's size times the stride; without it there is no more either.
            positions[i] = IsSame ? Math.Max(positions[i], TensorSize.Multiply(At("strides", i, 1), dimensions[i + 2])) : positions[i];
        }

        Scratch = TensorSize.Multiply(TensorSize.Product(weights.AsSpan(1)), TensorSize.Product(dimensions.AsSpan(2)));
        long channels = TensorSize.Multiply(weights[1], Math.Max(1, Bounded(node.Integer("group", 1))));
        return new TensorSize(First.Type, [dimensions[0], channels, .. positions], First.IsExact && Input(1).IsExact && !IsSame);
    }

    private TensorSize Pooled()
    {
        long[] dimensions = Dimensions(First);
        long[] kernel = [.. (node.Integers("kernel_shape") ?? []).Select(Bounded)];
        return dimensions.Length == kernel.Length + 2
            ? new TensorSize(First.Type, [dimensions[0], dimensions[1], .. Positions(dimensions[2..], kernel)], First.IsExact && node.Integer("ceil_mode", 0) == 0)
            : throw new InvalidDataException($"the node {node} has a window of {kernel.Length} axes for {First}");
    }

    private TensorSize Unpooled()
    {
        if (Optional(2) is not null)
        {
            return new TensorSize(First.Type, Sizes(2, "the shape"));
        }

        long[] dimensions = Dimensions(First);
        long[] kernel = [.. (node.Integers("kernel_shape") ?? []).Select(Bounded)];
        return new TensorSize(
            First.Type,
            [.. dimensions.Select((dimension, axis) => axis < 2 ? dimension : TensorSize.Multiply(At("strides", axis - 2, 1), dimension) + kernel.ElementAtOrDefault(axis - 2))],
            isExact: false);
    }

    private bool IsSame => node.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER";

    /// <summary>The positions of a window: one more where the last one may be broken.</summary>
    private long[] Positions(long[] dimensions, long[] kernel)
    {
        long[] positions = new long[dimensions.Length];
        bool isPadded = node.Text("auto_pad", "NOTSET") == "NOTSET";
        for (int i = 0; i < positions.Length; i++)
        {
            long stride = Math.Max(1, At("strides", i, 1));
            long reach = TensorSize.Multiply(At("dilations", i, 1), kernel[i] - 1) + 1;
            long pads = isPadded ? At("pads", i, 0) + At("pads", i + positions.Length, 0) : 0;
            positions[i] = IsSame
                ? (dimensions[i] + stride - 1) / stride
                : Math.Max(0, ((dimensions[i] + pads - reach) / stride) + 1 + (node.Integer("ceil_mode", 0) != 0 ? 1 : 0));
            // A number below 0 is rounded up by the division.
            positions[i] = !IsSame && dimensions[i] + pads < reach ? Math.Min(positions[i], 1) : positions[i];
        }

        return positions;
    }

    /// <summary>An element of an attribute that may be left out. Paddings may be below 0.</summary>
    private long At(string attribute, int index, long missing) =>
        node.Integers(attribute) is { } given && index < given.Length ? Math.Clamp(given[index], attribute == "pads" ? -(1L << 50) : 0, 1L << 50) : missing;
}
