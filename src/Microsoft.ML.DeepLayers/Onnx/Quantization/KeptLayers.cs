using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>The layers that stay float32 because the options say so.</summary>
internal sealed class KeptLayers
{
    private readonly IReadOnlyList<string> names;

    /// <exception cref="ArgumentException">The network has no layer of a name.</exception>
    internal KeptLayers(IReadOnlyList<string> names, GraphProto graph)
    {
        this.names = names;
        string[] layers = [.. graph.Node.Select(GraphIndex.LayerOf).Where(layer => layer.Length > 0).Distinct()];
        if (names.FirstOrDefault(name => !layers.Any(layer => IsWithin(layer, name))) is { } unknown)
        {
            throw new ArgumentException(
                $"Float32Layers names '{unknown}', but the network has no such layer; it has: {string.Join(", ", layers)}.");
        }
    }

    internal bool Contain(NodeProto node)
    {
        string layer = GraphIndex.LayerOf(node);
        return names.Any(name => IsWithin(layer, name));
    }

    private static bool IsWithin(string layer, string name) => layer == name || layer.StartsWith($"{name}/", StringComparison.Ordinal);
}
