using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>
/// PyTorch's modules: <c>layer.weight</c>, <c>layer.bias</c>. Convolutions and recurrent kernels are stored as ours are.
/// <list type="table">
/// <item><term>Linear</term><description>weight [out, in]: our kernel transposed; behind a Flatten of channels its inputs are channels first.</description></item>
/// <item><term>RNN, LSTM, GRU</term><description>weight_ih_l0, weight_hh_l0: our kernel, recurrent_kernel; two biases, which are added where we have one.</description></item>
/// <item><term>Bidirectional</term><description>the same and, for the way back, with the ending _reverse.</description></item>
/// <item><term>BatchNorm</term><description>weight, bias, running_mean, running_var: our gamma, beta, moving_mean, moving_variance.</description></item>
/// <item><term>MultiheadAttention</term><description>in_proj_weight, in_proj_bias: our query, key and value, one behind the other, transposed; out_proj.</description></item>
/// <item><term>Embedding</term><description>weight: our embeddings.</description></item>
/// <item><term>others</term><description>kernel, gamma, alpha and scale are weight, beta is bias; other weights have our names and shapes.</description></item>
/// </list>
/// </summary>
internal sealed class PyTorchConvention : ForeignConvention
{
    internal override string Framework => "PyTorch";

    internal override bool IsChannelsFirst => true;

    internal override IReadOnlyList<ForeignWeight> Weights(WeightedLayer layer) => layer.Layer switch
    {
        Dense => [.. layer.Weights.Select(weight => weight.Name == "kernel"
            ? new ForeignWeight("kernel", "weight", Kernel(weight.Shape, layer.Flattened))
            : new ForeignWeight(weight.Name, weight.Name, Rearrangement.None(weight.Shape)))],
        SimpleRNN or LSTM or GRU => [.. Recurrent(layer)],
        Bidirectional bidirectional =>
        [
            .. Weights(Inner(layer, "forward/", bidirectional.Layer)).Select(weight => weight.Within("forward/", name => name)),
            .. Weights(Inner(layer, "backward/", bidirectional.Layer)).Select(weight => weight.Within("backward/", name => name + "_reverse")),
        ],
        MultiHeadAttention when IsSquare(layer) => [.. Attention(layer)],
        _ => [.. layer.Weights.Select(weight => new ForeignWeight(weight.Name, NameOf(weight.Name), Channels(weight.Shape, layer.Flattened)))],
    };

    internal override string FullName(string layer, string tensor) => layer.Length == 0 ? tensor : $"{layer}.{tensor}";

    internal override IReadOnlyList<string> Layers(NetworkWeights tensors)
    {
        IReadOnlyList<string> names = tensors.Names;
        // An alphabetical order, as of safetensors files, is not that of the layers; that of the numbers in them may be.
        bool isSorted = names.Zip(names.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) <= 0);
        IEnumerable<string> ordered = isSorted ? names.Order(Files.NaturalOrder.Comparer) : names;
        return [.. ordered.SelectMany(Prefixes).Distinct()];
    }

    internal override bool IsKind(string fileLayer, Layer layer) => true;

    internal override bool IsCalled(string fileLayer, string name, NetworkWeights tensors) => fileLayer == name;

    internal override string? Reason(string tensor) =>
        tensor.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? "ignored: a count that PyTorch keeps for itself" : null;

    /// <summary>The longest first: the layer itself, then what holds it.</summary>
    private static IEnumerable<string> Prefixes(string name)
    {
        for (int dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            yield return name[..dot];
        }

        // A state_dict of a single layer.
        if (!name.Contains('.', StringComparison.Ordinal))
        {
            yield return "";
        }
    }

    private static Rearrangement Kernel(Shape ours, Shape? flattened)
    {
        if (flattened is not { } image)
        {
            return Rearrangement.Transposed(ours);
        }

        int channels = image[-1];
        return Rearrangement.Permuted(
            [ours[0] / channels, channels, ours[1]], [2, 1, 0], new Shape(ours[1], ours[0]),
            $"transposed, inputs {image} from channels first to channels last");
    }

    /// <summary>A weight for each value of a flattened image has PyTorch's order of them.</summary>
    private static Rearrangement Channels(Shape ours, Shape? flattened) => flattened is { } image && ours.Rank == 1 && ours.Size == image.Size
        ? Rearrangement.Permuted([ours[0] / image[-1], image[-1]], [1, 0], ours, $"values of {image} from channels first to channels last")
        : Rearrangement.None(ours);

    private static string NameOf(string ours) => ours switch
    {
        "kernel" or "gamma" or "embeddings" or "alpha" or "scale" => "weight",
        "beta" => "bias",
        "moving_mean" => "running_mean",
        "moving_variance" => "running_var",
        _ => ours,
    };

    /// <summary>Whether queries, keys, values and outputs all have as many features as the heads together: PyTorch then has one projection for three.</summary>
    private static bool IsSquare(WeightedLayer layer)
    {
        Shape query = ShapeOf(layer, "query/kernel");
        return query[0] == query[1] * query[2] && ShapeOf(layer, "key/kernel") == query && ShapeOf(layer, "value/kernel") == query
            && ShapeOf(layer, "attention_output/kernel") == new Shape(query[1], query[2], query[0]);
    }

    private static IEnumerable<ForeignWeight> Attention(WeightedLayer layer)
    {
        int features = ShapeOf(layer, "query/kernel")[0];
        yield return new ForeignWeight(
            ["query/kernel", "key/kernel", "value/kernel"], ["in_proj_weight"],
            Rearrangement.Permuted([3, features, features], [0, 2, 1], new Shape(3 * features, features), "query, key and value, transposed"));
        if (Has(layer, "query/bias"))
        {
            yield return new ForeignWeight(["query/bias", "key/bias", "value/bias"], ["in_proj_bias"], Rearrangement.None(new Shape(3 * features)));
        }

        yield return new ForeignWeight("attention_output/kernel", "out_proj.weight", Rearrangement.Transposed(new Shape(features, features)));
        if (Has(layer, "attention_output/bias"))
        {
            yield return new ForeignWeight("attention_output/bias", "out_proj.bias", AsItIs(layer, "attention_output/bias"));
        }
    }

    private static IEnumerable<ForeignWeight> Recurrent(WeightedLayer layer)
    {
        if (layer.Layer is GRU { ResetAfter: false })
        {
            throw new NotSupportedException("PyTorch's GRU resets after the recurrent product; a GRU with resetAfter off has no counterpart");
        }

        yield return new ForeignWeight("kernel", "weight_ih_l0", AsItIs(layer, "kernel"));
        yield return new ForeignWeight("recurrent_kernel", "weight_hh_l0", AsItIs(layer, "recurrent_kernel"));
        if (Has(layer, "recurrent_bias"))
        {
            yield return new ForeignWeight("bias", "bias_ih_l0", AsItIs(layer, "bias"));
            yield return new ForeignWeight("recurrent_bias", "bias_hh_l0", AsItIs(layer, "recurrent_bias"));
        }
        else if (Has(layer, "bias"))
        {
            yield return new ForeignWeight(["bias"], ["bias_ih_l0", "bias_hh_l0"], AsItIs(layer, "bias"));
        }
    }
}
