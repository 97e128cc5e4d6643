using System.Collections;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A chain of layers, each fed by the one before. Written as a collection initializer:
/// <code>
/// var network = new Sequential
/// {
///     new Dense(64, Activation.ReLU),
///     new Dropout(0.2f),
/// };
/// </code>
/// Layers can be added until the definition is first used (trained, compared, printed, written as JSON).
/// <para>Keras: <c>Sequential</c>.</para>
/// </summary>
public sealed class Sequential : Network, IReadOnlyList<Layer>
{
    private readonly List<Layer> layers = [];

    /// <summary>Creates an empty chain, for a collection initializer to fill.</summary>
    public Sequential()
    {
    }

    /// <summary>Creates a chain of layers.</summary>
    /// <param name="layers">The layers from input to output.</param>
    public Sequential(IEnumerable<Layer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (Layer layer in layers)
        {
            Add(layer);
        }
    }

    /// <summary>The number of layers.</summary>
    public int Count => layers.Count;

    /// <summary>One layer.</summary>
    /// <param name="index">Its position, from 0.</param>
    public Layer this[int index] => layers[index];

    /// <summary>Adds a layer at the end.</summary>
    /// <param name="layer">The layer.</param>
    /// <exception cref="InvalidOperationException">
    /// The definition has been used already, or an <see cref="Input"/> is added behind another layer.
    /// </exception>
    public void Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (IsFrozen)
        {
            throw new InvalidOperationException(
                $"This network has been used already, so its definition is frozen. Make a new one: new Sequential([.. network, new {layer.GetType().Name}(...)]).");
        }

        if (layer is Input && layers.Count > 0)
        {
            throw new InvalidOperationException("In a Sequential network an Input can only come first.");
        }

        if (layer.OutputCount != 1)
        {
            throw new InvalidOperationException(
                $"{layer.GetType().Name} gives {layer.OutputCount} outputs, but in a Sequential network each layer has one. Use new Network(inputs, outputs), which takes any graph.");
        }

        layers.Add(layer);
    }

    /// <summary>Adds a network as one layer at the end.</summary>
    /// <param name="network">The network, with one input and one output.</param>
    /// <exception cref="InvalidOperationException">The definition has been used already, or the network has several inputs or outputs.</exception>
    public void Add(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Graph.Inputs.Count != 1)
        {
            throw new InvalidOperationException(
                $"The network has {network.Graph.Inputs.Count} inputs, but in a Sequential network each layer has one. Use new Network(inputs, outputs), which takes any graph.");
        }

        Add(new NetworkLayer(network));
    }

    /// <inheritdoc/>
    public IEnumerator<Layer> GetEnumerator() => layers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Layers that stay as they are keep the names that follow from their places.</summary>
    private protected override Network Changed(Func<Layer, Layer> change)
    {
        Layer[] named = [.. Definition.Nodes.Select(node => node.Layer).Skip(layers is [Input, ..] ? 0 : 1)];
        return new Sequential(layers.Zip(named, (layer, place) => change(place) is var changed && changed == place ? layer : changed));
    }

    private protected override NetworkGraph BuildGraph()
    {
        var nodes = new List<GraphNode>();
        var names = new LayerNames();
        foreach (Layer layer in layers is [Input, ..] ? layers : [new Input(default(Shape?)), .. layers])
        {
            string name = names.Take(layer);
            nodes.Add(new GraphNode(name, layer with { Name = name }, nodes.Count == 0 ? [] : [new NodeOutput(nodes.Count - 1)]));
        }

        return new NetworkGraph(nodes, [new NodeOutput(nodes.Count - 1)]);
    }
}
