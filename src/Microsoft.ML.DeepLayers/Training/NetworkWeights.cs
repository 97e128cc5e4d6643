namespace Microsoft.ML.DeepLayers.Training;

/// <summary>The values of a network's weights under their full names <c>layer/weight</c>, in order, outside native memory.</summary>
internal sealed class NetworkWeights
{
    private readonly Dictionary<string, (Shape Shape, float[] Values)> weights = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, (Shape Shape, float[] Values)> ByName => weights;

    internal (Shape Shape, float[] Values) this[string name] => weights[name];

    internal void Add(string name, Shape shape, float[] values) => weights.Add(name, (shape, values));
}
