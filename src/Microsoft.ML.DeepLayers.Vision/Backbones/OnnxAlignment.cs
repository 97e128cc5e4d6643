using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Weights.Conversion;
using Microsoft.ML.DeepLayers.Weights.Files;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>A tensor of a file on its way to a network.</summary>
/// <param name="Tensor">Under the name that a layer's weight would have in PyTorch.</param>
/// <param name="Original">As it is in the file.</param>
/// <param name="Note">What was done with it, where that is more than a change of name.</param>
internal sealed record FoundTensor(WeightTensor Tensor, WeightTensor Original, string? Note = null);

/// <summary>
/// Undoes what exporters do to ONNX models: layers that have lost their names get them by their order and shapes, and batch
/// normalizations that were folded into convolutions stand for themselves again, with the offset that is left of them.
/// </summary>
internal sealed class OnnxAlignment
{
    private const string Folded = "the offset of a batch normalization that the exporter has folded into the convolution";

    private readonly IReadOnlyList<WeightedLayer> layers;
    private readonly IReadOnlyList<GraphNode> nodes;
    private readonly PyTorchConvention convention = new();
    private readonly Dictionary<string, FoundTensor> found;
    private readonly List<(string Name, List<FoundTensor> Parts)> unnamed = [];

    private OnnxAlignment(IReadOnlyList<FoundTensor> tensors, IReadOnlyList<WeightedLayer> layers, Network network)
    {
        this.layers = layers;
        nodes = network.Graph.Nodes;
        found = tensors.Where(item => !IsUnnamed(item.Tensor.Name)).ToDictionary(item => item.Tensor.Name, StringComparer.Ordinal);
        foreach (FoundTensor item in tensors.Where(item => IsUnnamed(item.Tensor.Name)))
        {
            string layer = item.Tensor.Name[..item.Tensor.Name.LastIndexOf('.')];
            if (unnamed.Count == 0 || unnamed[^1].Name != layer)
            {
                unnamed.Add((layer, []));
            }

            unnamed[^1].Parts.Add(item);
        }
    }

    /// <summary>Whether an exporter has left nothing of a tensor's name.</summary>
    internal static bool IsUnnamed(string tensor) => tensor.StartsWith(OnnxReader.Unnamed, StringComparison.Ordinal) && tensor.Contains('.', StringComparison.Ordinal);

    /// <summary>The tensors as they were before the export, as far as the network tells.</summary>
    /// <param name="tensors">Those of the model, in the order of its graph.</param>
    /// <param name="layers">The network's layers with weights, its top included.</param>
    /// <param name="network">The network.</param>
    internal static IReadOnlyList<FoundTensor> Align(IReadOnlyList<FoundTensor> tensors, IReadOnlyList<WeightedLayer> layers, Network network) =>
        new OnnxAlignment(tensors, layers, network).Run();

    private List<FoundTensor> Run()
    {
        foreach (WeightedLayer layer in layers)
        {
            Name(layer);
        }

        foreach (WeightedLayer layer in layers.Where(layer => layer.Layer is Conv2D { UseBias: false } or DepthwiseConv2D { UseBias: false }))
        {
            Unfold(layer);
        }

        return [.. found.Values, .. unnamed.SelectMany(item => item.Parts)];
    }

    /// <summary>Gives a layer of which nothing was found the first one without a name that fits.</summary>
    private void Name(WeightedLayer layer)
    {
        IReadOnlyList<ForeignWeight> weights = convention.Weights(layer);
        if (weights.SelectMany(weight => weight.Foreign).Any(name => found.ContainsKey($"{layer.Name}.{name}")))
        {
            return;
        }

        bool isNormalized = layer.Layer is BatchNormalization;
        int index = unnamed.FindIndex(item =>
            item.Parts.Exists(part => Part(part) == weights[0].Foreign[0] && part.Tensor.Shape == weights[0].Placing.Foreign)
            && item.Parts.Exists(part => Part(part) == "running_mean") == isNormalized);
        if (index < 0)
        {
            return;
        }

        foreach (FoundTensor part in unnamed[index].Parts)
        {
            string name = $"{layer.Name}.{Part(part)}";
            found.Add(name, part with { Tensor = part.Tensor.As(name, part.Tensor.Shape), Note = "found by its place in the graph and its shape" });
        }

        unnamed.RemoveAt(index);
    }

    /// <summary>A convolution with a bias that the network's does not have, before a normalization that the file does not have.</summary>
    private void Unfold(WeightedLayer convolution)
    {
        int node = Enumerable.Range(0, nodes.Count).First(index => nodes[index].Name == convolution.Name);
        if (!found.TryGetValue($"{convolution.Name}.bias", out FoundTensor? bias)
            || nodes.FirstOrDefault(next => next.Layer is BatchNormalization && next.Inputs[0].Node == node) is not { Layer: BatchNormalization normalization } behind
            || found.Keys.Any(name => WeightImport.IsWithin(name, behind.Name)))
        {
            return;
        }

        found.Remove($"{convolution.Name}.bias");
        int channels = (int)bias.Tensor.Shape.Size;
        AddPart("weight", Fill(1));
        AddPart("bias", bias.Tensor.Values.ToArray());
        AddPart("running_mean", Fill(0));
        // So that nothing is left to divide by.
        AddPart("running_var", Fill(1 - normalization.Epsilon));

        float[] Fill(float value) => [.. Enumerable.Repeat(value, channels)];

        void AddPart(string part, float[] values) =>
            found.Add($"{behind.Name}.{part}", new FoundTensor(WeightTensor.Over($"{behind.Name}.{part}", new Shape(channels), values), bias.Original, Folded));
    }

    private static string Part(FoundTensor tensor) => tensor.Tensor.Name[(tensor.Tensor.Name.LastIndexOf('.') + 1)..];
}
