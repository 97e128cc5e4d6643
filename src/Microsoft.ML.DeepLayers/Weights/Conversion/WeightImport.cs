namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>Brings another framework's tensors into the form of a network's weights.</summary>
internal static class WeightImport
{
    internal static WeightConversion Run(NetworkWeights tensors, ConversionTarget network, WeightConversionOptions options, ForeignConvention convention)
    {
        var problems = new List<string>();
        var found = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
        var taken = new Dictionary<string, ConvertedWeight>(StringComparer.Ordinal);
        IReadOnlyList<WeightedLayer> layers = network.Layers(convention.IsChannelsFirst, options.FlattensChannelsFirst);
        IReadOnlyList<LayerMatch> matches = LayerMatching.Match(tensors, layers, options, convention, problems);
        foreach (LayerMatch match in matches.Where(match => match.Fits))
        {
            foreach (ForeignWeight weight in match.Weights)
            {
                Import(tensors, match, weight, convention, found, taken);
            }
        }

        string[] ignored = [.. options.IgnoredLayers.Where(name => !tensors.Names.Any(tensor => IsWithin(tensor, name)))];
        problems.AddRange(ignored.Select(name => $"the file has no layer '{name}' to be ignored"));
        // Of a layer that does not fit, what is wrong is said already.
        string[] wrong = [.. matches.Where(match => !match.Fits).Select(match => match.FileLayer)];
        ConvertedWeight[] report =
        [
            .. tensors.Where(tensor => !wrong.Any(layer => layer.Length == 0 || IsWithin(tensor.Name, layer)))
                .Select(tensor => taken.GetValueOrDefault(tensor.Name) ?? Leave(tensor, options, convention, problems)),
        ];
        return problems.Count == 0
            ? new WeightConversion(new NetworkWeights(network.Weights.Where(weight => found.ContainsKey(weight.Name)).Select(weight => found[weight.Name])), report)
            : throw new WeightMismatchException($"The weights of {convention.Framework} do not fit the network", problems);
    }

    /// <summary>Whether a tensor belongs to a layer, or to what its name begins with.</summary>
    internal static bool IsWithin(string tensor, string layer) =>
        tensor.StartsWith(layer, StringComparison.Ordinal) && (tensor.Length == layer.Length || tensor[layer.Length] is '.' or '/');

    private static void Import(
        NetworkWeights tensors, LayerMatch match, ForeignWeight weight, ForeignConvention convention,
        Dictionary<string, WeightTensor> found, Dictionary<string, ConvertedWeight> taken)
    {
        WeightTensor[] sources = [.. weight.Foreign.Select(name => tensors[convention.FullName(match.FileLayer, name)])];
        float[] sum = sources[0].Values.ToArray();
        foreach (WeightTensor source in sources.Skip(1))
        {
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += source.Values.Span[i];
            }
        }

        float[] all = weight.Placing.ToOurs(sum);
        int offset = 0;
        foreach (string name in weight.Ours)
        {
            Shape shape = match.Layer.Weights.First(item => item.Name == name).Shape;
            string target = $"{match.Layer.Name}/{name}";
            found.Add(target, WeightTensor.Over(target, shape, weight.Ours.Count == 1 ? all : all.AsSpan(offset, (int)shape.Size).ToArray()));
            offset += (int)shape.Size;
        }

        string action = sources.Length > 1 ? "added up" : weight.Placing.Description;
        Shape? targetShape = weight.Ours.Count == 1 ? found[$"{match.Layer.Name}/{weight.Ours[0]}"].Shape : default(Shape?);
        string targets = string.Join(" + ", weight.Ours.Select(name => $"{match.Layer.Name}/{name}"));
        foreach (WeightTensor source in sources)
        {
            taken.Add(source.Name, new ConvertedWeight(source.Name, source.Shape, targets, targetShape, $"{action} (layer {match.How})"));
        }
    }

    private static ConvertedWeight Leave(WeightTensor tensor, WeightConversionOptions options, ForeignConvention convention, List<string> problems)
    {
        string? reason = options.IgnoredLayers.Any(layer => IsWithin(tensor.Name, layer)) ? "ignored, as the options say" : convention.Reason(tensor.Name);
        if (reason is null)
        {
            problems.Add($"'{tensor.Name}' {tensor.Shape} of the file has no place in the network");
        }

        return new ConvertedWeight(tensor.Name, tensor.Shape, null, null, reason ?? "");
    }
}
