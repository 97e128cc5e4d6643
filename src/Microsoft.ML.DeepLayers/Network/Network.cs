using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The definition of a network: an immutable value without weights or native handles that compares by value and
/// round-trips through JSON. <see cref="Sequential"/> is its simplest form.
/// </summary>
public abstract class Network : IEquatable<Network>
{
    private NetworkGraph? graph;

    private protected Network()
    {
    }

    /// <summary>The graph of layers. The first look at it freezes the definition.</summary>
    internal NetworkGraph Graph => graph ??= BuildGraph();

    /// <summary>Whether the definition has been used and therefore cannot be changed any more.</summary>
    private protected bool IsFrozen => graph is not null;

    /// <summary>Compares two definitions by value.</summary>
    /// <param name="left">One definition.</param>
    /// <param name="right">The other one.</param>
    public static bool operator ==(Network? left, Network? right) => Equals(left, right);

    /// <summary>Compares two definitions by value.</summary>
    /// <param name="left">One definition.</param>
    /// <param name="right">The other one.</param>
    public static bool operator !=(Network? left, Network? right) => !Equals(left, right);

    /// <summary>Reads a definition from JSON, as <see cref="ToJson"/> writes it.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="FormatException">The text is no JSON, or no network; the message says where and why.</exception>
    public static Network FromJson([StringSyntax(StringSyntaxAttribute.Json)] string json) => NetworkJson.Read(json);

    /// <summary>The definition as JSON. It reads back equal.</summary>
    public string ToJson() => NetworkJson.Write(this);

    /// <summary>
    /// A table of the layers with output shapes and parameter counts, as Keras prints it. Usable without libtorch.
    /// </summary>
    /// <param name="inputShape">
    /// The shape of one example, for a network whose <see cref="Layers.Input"/> states none, e.g. <c>[4]</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The input's shape is neither given nor stated by the network.</exception>
    public string Summary(params int[] inputShape)
    {
        Shape? given = inputShape is { Length: > 0 } ? new Shape(inputShape) : default(Shape?);
        return NetworkSummary.Write(Graph, [.. Graph.Inputs.Select(input => given
            ?? ((Layers.Input)Graph.Nodes[input].Layer).Shape
            ?? throw new InvalidOperationException(
                $"The network does not say the shape of its input '{Graph.Nodes[input].Name}'. Give it to Summary, e.g. Summary(4), or begin the network with new Input(4)."))]);
    }

    /// <inheritdoc/>
    public bool Equals(Network? other) =>
        other is not null
        && Graph.Outputs.SequenceEqual(other.Graph.Outputs)
        && Graph.Nodes.Count == other.Graph.Nodes.Count
        && Graph.Nodes.Zip(other.Graph.Nodes).All(pair =>
            pair.First.Layer.Equals(pair.Second.Layer) && pair.First.Inputs.SequenceEqual(pair.Second.Inputs));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Network);

    /// <inheritdoc/>
    public sealed override int GetHashCode() =>
        Graph.Nodes.Aggregate(Graph.Nodes.Count, (hash, node) => HashCode.Combine(hash, node.Layer));

    /// <summary>The names of the layers from input to output.</summary>
    public override string ToString() => string.Join(" → ", Graph.Nodes.Select(node => node.Name));

    /// <summary>Lays the layers out as a graph, named and in order.</summary>
    private protected abstract NetworkGraph BuildGraph();
}
