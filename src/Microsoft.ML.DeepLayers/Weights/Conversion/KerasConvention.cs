using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>
/// Keras 3's files: <c>layers/dense/vars/0</c>, 1, ..., in the order in which a layer declares its weights, which is ours.
/// <list type="table">
/// <item><term>Conv</term><description>kernel [..., channels, filters]: ours is [filters, channels, ...].</description></item>
/// <item><term>depthwise kernels</term><description>[..., channels, multiplier]: ours are [channels · multiplier, 1, ...].</description></item>
/// <item><term>SimpleRNN, LSTM, GRU</term><description>in cell/vars; kernels [features, gates · units]: ours transposed. GRU's gates are z, r, h: ours
/// r, z, h; with resetAfter its bias is [2, 3 · units]: our bias and recurrent_bias.</description></item>
/// <item><term>Bidirectional</term><description>in forward_layer/ and backward_layer/.</description></item>
/// <item><term>others</term><description>our shapes.</description></item>
/// </list>
/// </summary>
internal sealed class KerasConvention : ForeignConvention
{
    private const string Layer = "layers/";

    private const string OldLayer = "_layer_checkpoint_dependencies/";

    internal override string Framework => "Keras";

    internal override bool IsChannelsFirst => false;

    internal override IReadOnlyList<ForeignWeight> Weights(WeightedLayer layer) => layer.Layer switch
    {
        Convolution => [.. layer.Weights.Select((weight, i) => new ForeignWeight(weight.Name, $"vars/{i}", Kernel(layer, weight.Name, weight.Shape)))],
        SimpleRNN or LSTM or GRU => [.. Recurrent(layer)],
        Bidirectional bidirectional =>
        [
            .. Weights(Inner(layer, "forward/", bidirectional.Layer)).Select(weight => weight.Within("forward/", name => "forward_layer/" + name)),
            .. Weights(Inner(layer, "backward/", bidirectional.Layer)).Select(weight => weight.Within("backward/", name => "backward_layer/" + name)),
        ],
        _ => [.. layer.Weights.Select((weight, i) => new ForeignWeight(weight.Name, $"vars/{i}", Rearrangement.None(weight.Shape)))],
    };

    internal override string FullName(string layer, string tensor) => $"{layer}/{tensor}";

    internal override IReadOnlyList<string> Layers(NetworkWeights tensors) => [.. tensors.Names.Select(LayerOf).OfType<string>().Distinct()];

    internal override bool IsKind(string fileLayer, Layer layer)
    {
        string stem = LayerNames.SnakeCase(layer.GetType().Name);
        string last = fileLayer[(fileLayer.LastIndexOf('/') + 1)..];
        return last == stem
            || (last.StartsWith(stem + "_", StringComparison.Ordinal) && last[(stem.Length + 1)..].All(char.IsAsciiDigit));
    }

    internal override bool IsCalled(string fileLayer, string name, NetworkWeights tensors) =>
        fileLayer == name || (tensors.Metadata.TryGetValue(fileLayer, out string? own) && own == name);

    internal override string? Reason(string tensor) => tensor switch
    {
        _ when tensor.Contains("seed_generator/", StringComparison.Ordinal) => "ignored: the state of a random generator",
        _ when LayerOf(tensor) is null => "ignored: no layer's (an optimizer's or a metric's)",
        _ => null,
    };

    /// <summary>The path of the innermost layer that holds a tensor.</summary>
    private static string? LayerOf(string tensor)
    {
        int start = new[] { Layer, OldLayer }.Max(folder =>
        {
            int at = tensor.LastIndexOf("/" + folder, StringComparison.Ordinal);
            return at >= 0 ? at + 1 + folder.Length : tensor.StartsWith(folder, StringComparison.Ordinal) ? folder.Length : -1;
        });
        int end = start < 0 ? -1 : tensor.IndexOf('/', start);
        return end < 0 ? null : tensor[..end];
    }

    private static Rearrangement Kernel(WeightedLayer layer, string name, Shape ours)
    {
        if (!name.EndsWith("kernel", StringComparison.Ordinal))
        {
            return Rearrangement.None(ours);
        }

        bool isDepthwise = name == "depthwise_kernel" || layer.Layer.GetType().Name.StartsWith("Depthwise", StringComparison.Ordinal);
        return isDepthwise ? DepthwiseKernel(ours, layer.Input[-1]) : Kernel(ours);
    }

    /// <summary>[channels · multiplier, 1, ...] to [..., channels, multiplier].</summary>
    private static Rearrangement DepthwiseKernel(Shape ours, int channels)
    {
        int[] size = [.. ours.Skip(2)];
        int multiplier = ours[0] / channels;
        return Rearrangement.Permuted(
            [channels, multiplier, .. size], [.. Enumerable.Range(2, size.Length), 0, 1], new Shape([.. size, channels, multiplier]), "axes reordered");
    }

    /// <summary>[filters, channels, ...] to [..., channels, filters]; of a transposed one, [channels, filters, ...] to [..., filters, channels].</summary>
    private static Rearrangement Kernel(Shape ours)
    {
        int[] axes = [.. Enumerable.Range(2, ours.Rank - 2), 1, 0];
        return Rearrangement.Permuted([.. ours], axes, new Shape([.. axes.Select(axis => ours[axis])]), "axes reordered");
    }

    private static IEnumerable<ForeignWeight> Recurrent(WeightedLayer layer)
    {
        int gates = layer.Layer is LSTM ? 4 : layer.Layer is GRU ? 3 : 1;
        int[]? order = layer.Layer is GRU ? [1, 0, 2] : null;
        yield return new ForeignWeight("kernel", "cell/vars/0", Gates(ShapeOf(layer, "kernel"), gates, order));
        yield return new ForeignWeight("recurrent_kernel", "cell/vars/1", Gates(ShapeOf(layer, "recurrent_kernel"), gates, order));
        if (!Has(layer, "bias"))
        {
            yield break;
        }

        int rows = ShapeOf(layer, "bias")[0];
        int[]? twice = order is null ? null : [.. order, .. order.Select(gate => gate + gates)];
        if (Has(layer, "recurrent_bias"))
        {
            yield return new ForeignWeight(
                ["bias", "recurrent_bias"], ["cell/vars/2"],
                Rearrangement.Permuted([2 * gates, rows / gates], [0, 1], new Shape(2, rows), "divided, gates reordered", twice));
        }
        else
        {
            yield return new ForeignWeight("bias", "cell/vars/2", order is null
                ? Rearrangement.None(new Shape(rows))
                : Rearrangement.Permuted([gates, rows / gates], [0, 1], new Shape(rows), "gates reordered", order));
        }
    }

    /// <summary>[gates · units, width] to [width, gates · units].</summary>
    private static Rearrangement Gates(Shape ours, int gates, int[]? order) => Rearrangement.Permuted(
        [gates, ours[0] / gates, ours[1]], [2, 0, 1], new Shape(ours[1], ours[0]), order is null ? "transposed" : "transposed, gates reordered", order);
}
