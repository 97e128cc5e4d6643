using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Numbers in row-major order with their dimensions, the batch dimension first.</summary>
public sealed record Values(long[] Dimensions, double[] Data)
{
    public static Values Of(double[] data, params long[] dimensions) => new(dimensions, data);

    /// <summary>Some rows of the batch.</summary>
    public Values Rows(int first, int count)
    {
        int length = Data.Length / (int)Dimensions[0];
        return new Values([count, .. Dimensions.Skip(1)], Data[(first * length)..((first + count) * length)]);
    }

    public Tensor ToTensor(ScalarType type) => tensor(Data, Dimensions, dtype: ScalarType.Float64).to(type, TestDevice.Torch);

    public static Values From(Tensor tensor) =>
        new(tensor.shape, tensor.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray());
}

/// <summary>What a layer is given: its inputs, and a mask (of 0 and 1) for those that have one.</summary>
public sealed record LayerArguments(IReadOnlyList<Values> Inputs, IReadOnlyList<Values?> Masks)
{
    public LayerArguments(params Values[] inputs)
        : this(inputs, new Values?[inputs.Length])
    {
    }

    /// <summary>Some rows of the batch.</summary>
    public LayerArguments Rows(int first, int count) =>
        new([.. Inputs.Select(input => input.Rows(first, count))], [.. Masks.Select(mask => mask?.Rows(first, count))]);

    /// <summary>Random inputs for a row of the table.</summary>
    public static LayerArguments Random(LayerInfo row, IReadOnlyList<Shape> shapes, int batch, bool masked = false)
    {
        Values[] inputs = [.. shapes.Select((shape, index) => LayerHarness.RandomInput(row, shape, batch, 2 + index))];
        Values?[] masks = [.. shapes.Select((shape, index) => masked && row.HasSteps(shape) ? RandomMask(batch, shape[0], 3 + index) : null)];
        return new LayerArguments(inputs, masks);
    }

    /// <summary>Steps left out anywhere: at the beginning, at the end and between, but never all.</summary>
    private static Values RandomMask(int batch, int steps, int seed)
    {
        var random = new Random(seed);
        double[] mask = [.. Enumerable.Range(0, batch * steps).Select(_ => random.Next(3) == 0 ? 0.0 : 1.0)];
        for (int i = 0; i < batch; i++)
        {
            mask[(i * steps) + random.Next(steps)] = 1;
        }

        return Values.Of(mask, batch, steps);
    }
}

/// <summary>What a layer gives: its outputs, and a mask (of 0 and 1) for those that have one.</summary>
public sealed record LayerResults(IReadOnlyList<Values> Outputs, IReadOnlyList<Values?> Masks)
{
    /// <summary>Some rows of the batch.</summary>
    public LayerResults Rows(int first, int count) =>
        new([.. Outputs.Select(output => output.Rows(first, count))], [.. Masks.Select(mask => mask?.Rows(first, count))]);
}
