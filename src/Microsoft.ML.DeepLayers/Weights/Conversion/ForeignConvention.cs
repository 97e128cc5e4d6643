using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>How another framework stores some of a layer's weights.</summary>
/// <param name="Ours">Our weights within the layer; several where the other framework has them in one tensor, one behind the other.</param>
/// <param name="Foreign">Their tensors within the layer; several of which the sum counts.</param>
/// <param name="Placing">Where our numbers are in theirs.</param>
internal sealed record ForeignWeight(IReadOnlyList<string> Ours, IReadOnlyList<string> Foreign, Rearrangement Placing)
{
    internal ForeignWeight(string ours, string foreign, Rearrangement placing)
        : this([ours], [foreign], placing)
    {
    }

    /// <summary>The same weights of a layer within a layer.</summary>
    internal ForeignWeight Within(string ours, Func<string, string> foreign) =>
        new([.. Ours.Select(name => ours + name)], [.. Foreign.Select(foreign)], Placing);
}

/// <summary>A layer that has weights, as conversions see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Input">The shape of its (first) input.</param>
/// <param name="Weights">Its weights' shapes by name, in order.</param>
/// <param name="Flattened">Where its input is a flattened image or sequence with channels, the shape of that; channels last.</param>
internal sealed record WeightedLayer(string Name, Layer Layer, Shape Input, IReadOnlyList<(string Name, Shape Shape)> Weights, Shape? Flattened);

/// <summary>How another framework names and stores weights: one table of layers each.</summary>
internal abstract class ForeignConvention
{
    /// <summary>The framework's name.</summary>
    internal abstract string Framework { get; }

    /// <summary>Whether its Flatten puts the channels first where its convolutions do.</summary>
    internal abstract bool IsChannelsFirst { get; }

    /// <summary>How it stores a layer's weights.</summary>
    /// <exception cref="NotSupportedException">It has no such layer; the message says why.</exception>
    internal abstract IReadOnlyList<ForeignWeight> Weights(WeightedLayer layer);

    /// <summary>The full name of a tensor of a layer.</summary>
    internal abstract string FullName(string layer, string tensor);

    /// <summary>The names that layers may have in a file, in order.</summary>
    internal abstract IReadOnlyList<string> Layers(NetworkWeights tensors);

    /// <summary>Whether a layer of a file may be such a layer of ours, as far as its name tells.</summary>
    internal abstract bool IsKind(string fileLayer, Layer layer);

    /// <summary>Whether a layer of a file is called so.</summary>
    internal abstract bool IsCalled(string fileLayer, string name, NetworkWeights tensors);

    /// <summary>Why a tensor that nothing of ours stands for does not matter, or <see langword="null"/>.</summary>
    internal abstract string? Reason(string tensor);

    private protected static Rearrangement AsItIs(WeightedLayer layer, string name) => Rearrangement.None(ShapeOf(layer, name));

    private protected static Shape ShapeOf(WeightedLayer layer, string name) => layer.Weights.First(weight => weight.Name == name).Shape;

    private protected static bool Has(WeightedLayer layer, string name) => layer.Weights.Any(weight => weight.Name == name);

    /// <summary>The layer within a layer whose weights are named <c>prefix/...</c>.</summary>
    private protected static WeightedLayer Inner(WeightedLayer outer, string prefix, Layer layer) => new(
        outer.Name, layer, outer.Input,
        [.. outer.Weights.Where(weight => weight.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(weight => (weight.Name[prefix.Length..], weight.Shape))],
        null);
}
