namespace Microsoft.ML.DeepLayers.Weights;

/// <summary>Compares weights with those that a network has.</summary>
internal static class WeightCheck
{
    /// <summary>Finds all that does not fit.</summary>
    /// <param name="expected">The network's weights.</param>
    /// <param name="given">The weights to be taken over.</param>
    /// <param name="isPartial">Whether some may be missing.</param>
    /// <exception cref="WeightMismatchException">Names or shapes differ; the message lists all differences.</exception>
    internal static void Demand(IReadOnlyCollection<(string Name, Shape Shape)> expected, NetworkWeights given, bool isPartial)
    {
        var names = expected.Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        string[] problems =
        [
            .. expected.Where(weight => !isPartial && !given.TryGet(weight.Name, out _)).Select(weight => $"'{weight.Name}' {weight.Shape} is missing"),
            .. expected.Where(weight => given.TryGet(weight.Name, out WeightTensor? tensor) && tensor.Shape != weight.Shape)
                .Select(weight => $"'{weight.Name}' has shape {given[weight.Name].Shape} instead of {weight.Shape}"),
            .. given.Where(tensor => !names.Contains(tensor.Name)).Select(tensor => $"'{tensor.Name}' is not in this network"),
        ];
        if (problems.Length > 0)
        {
            throw new WeightMismatchException("The weights do not fit the network", problems);
        }
    }
}
