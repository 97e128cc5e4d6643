namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// A part of a <see cref="Backbone"/>, between one change of resolution or kind and the next: e.g. to train early layers
/// more slowly than late ones, to freeze them, or to look at the features in between.
/// </summary>
public sealed class BackboneStage
{
    internal BackboneStage(string name, IReadOnlyList<string> layers, Shape outputShape, bool isHead) =>
        (Name, Layers, OutputShape, IsHead) = (name, layers, outputShape, isHead);

    /// <summary>The name, unique within the backbone: <c>stem</c> first, <c>head</c> last, in between as the published code calls them, e.g. <c>layer1</c>.</summary>
    public string Name { get; }

    /// <summary>The names of its layers, from input to output.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The layer that gives what the next stage reads.</summary>
    public string OutputLayer => Layers[^1];

    /// <summary>The shape of what it gives for one example, e.g. <c>[56, 56, 64]</c>.</summary>
    public Shape OutputShape { get; }

    /// <summary>Whether it belongs to the classification of the published network (or to the pooling in its place), not to the features.</summary>
    public bool IsHead { get; }

    /// <summary>The name and the shape, e.g. <c>layer1 [56, 56, 64]</c>.</summary>
    public override string ToString() => $"{Name} {OutputShape}";
}
