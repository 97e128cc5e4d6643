namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>A layer of a file that a layer of the network takes its weights from.</summary>
/// <param name="Layer">The network's.</param>
/// <param name="FileLayer">The file's.</param>
/// <param name="Weights">How its weights are stored there.</param>
/// <param name="How">How it was found.</param>
internal sealed record LayerMatch(WeightedLayer Layer, string FileLayer, IReadOnlyList<ForeignWeight> Weights, string How)
{
    /// <summary>Whether all its weights are there, in the right shapes.</summary>
    internal bool Fits { get; init; } = true;
}

/// <summary>
/// Finds for each layer of a network its counterpart in a file: as the user says; else by an equal name; else the first
/// that fits in kind and shapes and is not taken.
/// </summary>
internal static class LayerMatching
{
    internal static IReadOnlyList<LayerMatch> Match(
        NetworkWeights tensors, IReadOnlyList<WeightedLayer> layers, WeightConversionOptions options, ForeignConvention convention, List<string> problems)
    {
        problems.AddRange(options.LayerNames.Values.Except(layers.Select(layer => layer.Name)).Select(name => $"the network has no layer '{name}' with weights"));
        problems.AddRange(options.LayerNames.Values.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => $"two layers of the file are to be '{group.Key}'"));
        string[] inFile = [.. convention.Layers(tensors).Where(name => !options.IgnoredLayers.Any(ignored => WeightImport.IsWithin(name, ignored)))];
        var open = new List<(WeightedLayer Layer, IReadOnlyList<ForeignWeight> Weights)>();
        foreach (WeightedLayer layer in layers)
        {
            try
            {
                open.Add((layer, convention.Weights(layer)));
            }
            catch (NotSupportedException exception)
            {
                problems.Add($"layer '{layer.Name}': {exception.Message}");
            }
        }

        var matches = new Dictionary<WeightedLayer, LayerMatch>(ReferenceEqualityComparer.Instance);
        foreach ((WeightedLayer layer, IReadOnlyList<ForeignWeight> weights) in open)
        {
            if (options.LayerNames.FirstOrDefault(pair => pair.Value == layer.Name).Key is { } given)
            {
                matches.Add(layer, new LayerMatch(layer, Named(given, inFile, tensors, convention), weights, "as the options say"));
            }
        }

        var used = matches.Values.Select(match => match.FileLayer).ToHashSet(StringComparer.Ordinal);
        (WeightedLayer Layer, IReadOnlyList<ForeignWeight> Weights)[] rest = [.. open.Where(item => !matches.ContainsKey(item.Layer))];
        // "dense_1" may well be the first Dense of the other network: such names count only where all are found.
        bool areAllCalled = rest.All(item => Called(item.Layer) is not null);
        foreach ((WeightedLayer layer, IReadOnlyList<ForeignWeight> weights) in rest)
        {
            if ((areAllCalled || !IsAutomatic(layer)) && Called(layer) is { } name)
            {
                used.Add(name);
                matches.Add(layer, new LayerMatch(layer, name, weights, "of that name"));
            }
        }

        foreach ((WeightedLayer layer, IReadOnlyList<ForeignWeight> weights) in rest.Where(item => !matches.ContainsKey(item.Layer)))
        {
            string? next = Array.Find(inFile, name =>
                IsFree(name, layer) && Problems(name, weights, tensors, convention).Count == 0 && IsComplete(name, weights, tensors, convention));
            if (next is not null)
            {
                used.Add(next);
                matches.Add(layer, new LayerMatch(layer, next, weights, "in order"));
            }
            else if (!options.AllowMissing)
            {
                problems.Add($"layer '{layer.Name}' ({Describe(weights)}) has no counterpart in the file");
            }
        }

        return [.. layers.Where(matches.ContainsKey).Select(layer => Checked(matches[layer]))];

        string? Called(WeightedLayer layer) => Array.Find(inFile, name => convention.IsCalled(name, layer.Name, tensors) && IsFree(name, layer))
            ?? Array.Find(inFile, name => name == $"layers/{layer.Name}" && IsFree(name, layer));

        bool IsFree(string name, WeightedLayer layer) => !used.Contains(name) && convention.IsKind(name, layer.Layer);

        LayerMatch Checked(LayerMatch match)
        {
            List<string> wrong = Problems(match.FileLayer, match.Weights, tensors, convention);
            problems.AddRange(wrong.Select(problem => $"layer '{match.Layer.Name}': {problem}"));
            return match with { Fits = wrong.Count == 0 };
        }
    }

    /// <summary>What is missing in a layer of a file, or of another shape.</summary>
    private static List<string> Problems(string fileLayer, IReadOnlyList<ForeignWeight> weights, NetworkWeights tensors, ForeignConvention convention)
    {
        var problems = new List<string>();
        foreach (ForeignWeight weight in weights)
        {
            foreach (string name in weight.Foreign.Select(name => convention.FullName(fileLayer, name)))
            {
                if (!tensors.TryGet(name, out WeightTensor? tensor))
                {
                    problems.Add($"'{name}' {weight.Placing.Foreign} is missing in the file");
                }
                else if (tensor.Shape != weight.Placing.Foreign)
                {
                    problems.Add($"'{name}' has shape {tensor.Shape} instead of {weight.Placing.Foreign}");
                }
            }
        }

        return problems;
    }

    /// <summary>A layer without a bias is not to take the kernel of one with a bias, where another one would fit.</summary>
    private static bool IsComplete(string fileLayer, IReadOnlyList<ForeignWeight> weights, NetworkWeights tensors, ForeignConvention convention)
    {
        var expected = weights.SelectMany(weight => weight.Foreign).Select(name => convention.FullName(fileLayer, name)).ToHashSet(StringComparer.Ordinal);
        return fileLayer.Length == 0
            || tensors.Names.Where(name => WeightImport.IsWithin(name, fileLayer)).All(name => expected.Contains(name) || convention.Reason(name) is not null);
    }

    /// <summary>A layer of a file as the user names it: by its path, or by its own name.</summary>
    private static string Named(string given, string[] inFile, NetworkWeights tensors, ForeignConvention convention) =>
        Array.Find(inFile, name => name == given) ?? Array.Find(inFile, name => convention.IsCalled(name, given, tensors)) ?? given;

    private static bool IsAutomatic(WeightedLayer layer)
    {
        string stem = LayerNames.SnakeCase(layer.Layer.GetType().Name);
        return layer.Name == "output" || layer.Name == stem
            || (layer.Name.StartsWith(stem + "_", StringComparison.Ordinal) && layer.Name[(stem.Length + 1)..].All(char.IsAsciiDigit));
    }

    private static string Describe(IReadOnlyList<ForeignWeight> weights) => string.Join(
        ", ", weights.SelectMany(weight => weight.Foreign.Select(name => $"{name} {weight.Placing.Foreign}")));
}
