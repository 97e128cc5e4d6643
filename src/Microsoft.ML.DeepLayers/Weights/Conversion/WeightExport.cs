namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>Brings a network's weights into the form of another framework.</summary>
internal static class WeightExport
{
    internal static WeightConversion Run(NetworkWeights weights, ConversionTarget network, WeightConversionOptions options, ForeignConvention convention)
    {
        var problems = new List<string>();
        var tensors = new List<WeightTensor>();
        var report = new List<ConvertedWeight>();
        IReadOnlyList<WeightedLayer> layers = network.Layers(convention.IsChannelsFirst, options.FlattensChannelsFirst);
        problems.AddRange(options.LayerNames.Values.Except(layers.Select(layer => layer.Name)).Select(name => $"the network has no layer '{name}' with weights"));
        foreach (WeightedLayer layer in layers)
        {
            try
            {
                string name = options.LayerNames.FirstOrDefault(pair => pair.Value == layer.Name).Key ?? layer.Name;
                foreach (ForeignWeight weight in convention.Weights(layer))
                {
                    Export(weights, layer, weight, tensor => convention.FullName(name, tensor), tensors, report);
                }
            }
            catch (NotSupportedException exception)
            {
                problems.Add($"layer '{layer.Name}': {exception.Message}");
            }
        }

        problems.AddRange(tensors.GroupBy(tensor => tensor.Name).Where(group => group.Count() > 1).Select(group => $"two tensors would be named '{group.Key}'"));
        return problems.Count == 0
            ? new WeightConversion(new NetworkWeights(tensors), report)
            : throw new WeightMismatchException($"The weights cannot be written for {convention.Framework}", problems);
    }

    private static void Export(
        NetworkWeights weights, WeightedLayer layer, ForeignWeight weight, Func<string, string> fullName, List<WeightTensor> tensors, List<ConvertedWeight> report)
    {
        WeightTensor[] ours = [.. weight.Ours.Select(name => weights[$"{layer.Name}/{name}"])];
        float[] all = [.. ours.SelectMany(tensor => tensor.Values.ToArray())];
        for (int i = 0; i < weight.Foreign.Count; i++)
        {
            // Of tensors that are added up, the first takes all.
            string target = fullName(weight.Foreign[i]);
            tensors.Add(WeightTensor.Over(target, weight.Placing.Foreign, i == 0 ? weight.Placing.ToForeign(all) : new float[all.Length]));
            string action = i == 0 ? weight.Placing.Description : "zeros: PyTorch adds this bias to the other one";
            report.AddRange(ours.Select(tensor => new ConvertedWeight(tensor.Name, tensor.Shape, target, weight.Placing.Foreign, action)));
        }
    }
}
