using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The definition of a network: an immutable value without weights or native handles that compares by value and
/// round-trips through JSON. <see cref="Sequential"/> is its simplest form; this one is any graph of layers:
/// <code>
/// var a = new Input(new Shape(8), column: "Numbers");
/// var x = new Dense(16, Activation.ReLU).Apply(a);
/// var y = new Add().Apply(x, new Dense(16).Apply(x));     // a residual connection
/// var network = new Network(a, y);
/// </code>
/// <para>Keras: <c>Model</c>, the functional API.</para>
/// </summary>
public class Network : IEquatable<Network>
{
    private NetworkGraph? definition;
    private NetworkGraph? graph;
    private NetworkLayer? layer;
    private int depth;

    /// <summary>Defines a network with one input and one output.</summary>
    /// <param name="input">Where data enters.</param>
    /// <param name="output">What the network gives.</param>
    /// <exception cref="InvalidOperationException">The output reads another input, or not this one.</exception>
    public Network(Input input, LayerOutput output)
        : this([input], [output])
    {
    }

    /// <summary>Defines a network. Its outputs are named like the layers that give them.</summary>
    /// <param name="inputs">Where data enters: each reads the ML.NET column that it names.</param>
    /// <param name="outputs">What the network gives.</param>
    /// <exception cref="InvalidOperationException">An input is missing or not used, or two layers have the same name.</exception>
    public Network(IEnumerable<Input> inputs, IEnumerable<LayerOutput> outputs)
        : this(inputs, outputs, null)
    {
    }

    /// <summary>Defines a network with named outputs.</summary>
    /// <param name="inputs">Where data enters: each reads the ML.NET column that it names.</param>
    /// <param name="outputs">What the network gives, by name.</param>
    /// <exception cref="InvalidOperationException">An input is missing or not used, or two layers have the same name.</exception>
    public Network(IEnumerable<Input> inputs, IReadOnlyDictionary<string, LayerOutput> outputs)
        : this(inputs, outputs?.Values!, outputs?.Keys)
    {
    }

    private Network(IEnumerable<Input> inputs, IEnumerable<LayerOutput> outputs, IEnumerable<string>? outputNames)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        Input[] entries = [.. inputs];
        LayerOutput[] exits = [.. outputs];
        if (Array.Exists(entries, input => input is null) || Array.Exists(exits, output => output is null))
        {
            throw new ArgumentException("No input or output of a network can be null.");
        }

        definition = FunctionalGraph.Create(entries, exits, outputNames is null ? null : [.. outputNames]);
    }

    private protected Network()
    {
    }

    private Network(NetworkGraph definition) => this.definition = definition;

    /// <summary>The names of the outputs, in order.</summary>
    public IReadOnlyList<string> OutputNames => Graph.OutputNames;

    /// <summary>The graph as it was written, with nested networks as single layers. The first look at it freezes the definition.</summary>
    internal NetworkGraph Definition => definition ??= BuildGraph();

    /// <summary>The graph of layers, with those of nested networks in it. The first look at it freezes the definition.</summary>
    internal NetworkGraph Graph => graph ??= GraphFlattening.Flatten(Definition);

    /// <summary>How many levels of layers there are; kept, because a network may be nested many times.</summary>
    internal int Depth => depth > 0 ? depth : depth = Definition.Nodes.Max(node => node.Layer.Depth);

    /// <summary>Whether the definition has been used and therefore cannot be changed any more.</summary>
    private protected bool IsFrozen => definition is not null;

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

    /// <summary>
    /// A network of one layer: a TorchSharp module of the application's own, with all that training, callbacks, validation
    /// and saving do for other networks. The trainer adds the output layer of the task behind it, as always. See
    /// <see cref="ModuleLayer"/> for what the module is given and must give, and for use among other layers. Numbers in the
    /// module go through <see cref="TensorOperations"/>; docs/own-layers.md lists TorchSharp's modules that are not safe under
    /// garbage collection.
    /// </summary>
    /// <param name="name">
    /// What the module is registered as in this process. Definitions and models hold this name and the weights: a process
    /// that loads one calls <see cref="RegisterModule"/> with the same name first.
    /// </param>
    /// <param name="factory">Makes a new module each time.</param>
    /// <exception cref="InvalidOperationException">
    /// The name stands for another factory. (The same lambda without captured variables is the same factory.)
    /// </exception>
    /// <example><code>
    /// Network network = Network.FromModule("tower", () => nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2)));
    /// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(network);
    /// </code></example>
    public static Network FromModule(string name, Func<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(factory);
        ModuleRegistry.Add(name, factory);
        return new Sequential { new ModuleLayer(name) };
    }

    /// <summary>
    /// The same network with some of its layers changed, e.g. frozen for the first part of a fine-tuning. Names stay, so that
    /// <see cref="NeuralNetworkOptions.InitialModel"/> still fits.
    /// </summary>
    /// <param name="change">Gives for each layer, which carries its name, the layer to put in its place, or the same one.</param>
    /// <exception cref="ArgumentException">An input is changed, or a layer by one of another kind.</exception>
    /// <example><code>
    /// Network frozen = network.WithLayers(layer => layer.Name == "head" ? layer : layer with { Trainable = false });
    /// </code></example>
    public Network WithLayers(Func<Layer, Layer> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Changed(layer =>
        {
            Layer changed = layer is Input ? layer : change(layer);
            return changed?.GetType() == layer.GetType()
                ? changed with { Name = layer.Name }
                : throw new ArgumentException($"The layer '{layer.Name}' is a {layer.GetType().Name} and cannot become {(changed is null ? "nothing" : $"a {changed.GetType().Name}")}: other layers mean another network.", nameof(change));
        });
    }

    /// <summary>The same network with layers changed.</summary>
    private protected virtual Network Changed(Func<Layer, Layer> change) =>
        new(new NetworkGraph([.. Definition.Nodes.Select(node => node with { Layer = change(node.Layer) })], Definition.Outputs, Definition.OutputNames));

    /// <summary>
    /// Registers a TorchSharp module under a name, for models and definitions that contain it. A factory that has the
    /// name already is replaced.
    /// </summary>
    /// <param name="name">The name that the model was trained with.</param>
    /// <param name="factory">Makes a new module each time.</param>
    public static void RegisterModule(string name, Func<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>> factory)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(factory);
        ModuleRegistry.Replace(name, factory);
    }

    /// <summary>The definition as JSON. It reads back equal.</summary>
    public string ToJson() => NetworkJson.Write(this);

    /// <summary>
    /// Applies the network as one layer of another network that is being defined. Applying it again shares its weights.
    /// </summary>
    /// <param name="inputs">What it reads, one for each of its inputs.</param>
    /// <returns>Its (first) output; see <see cref="LayerOutput.Output"/> for the others.</returns>
    public LayerOutput Apply(params LayerOutput[] inputs) => (layer ??= new NetworkLayer(this)).Apply(inputs);

    /// <summary>
    /// A table of the layers with output shapes and parameter counts, as Keras prints it. Usable without libtorch.
    /// </summary>
    /// <param name="inputShape">
    /// The shape of one example, for networks whose <see cref="Input"/> states none, e.g. <c>[4]</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The input's shape is neither given nor stated by the network.</exception>
    public string Summary(params int[] inputShape)
    {
        Shape? given = inputShape is { Length: > 0 } ? new Shape(inputShape) : default(Shape?);
        // One input may be fed by a column of another shape with as many values.
        Shape? ShapeOf(Input input) => Graph.Inputs.Count == 1 ? given ?? input.Shape : input.Shape ?? given;
        return NetworkSummary.Write(Graph, [.. Graph.Inputs.Select(input => ShapeOf((Input)Graph.Nodes[input].Layer)
            ?? throw new InvalidOperationException(
                $"The network does not say the shape of its input '{Graph.Nodes[input].Name}'. Give it to Summary, e.g. Summary(4), or begin the network with new Input(4)."))]);
    }

    /// <summary>
    /// The graph as a Mermaid flowchart (https://mermaid.js.org), which GitHub and many editors draw. Usable without libtorch.
    /// </summary>
    public string ToMermaid() => NetworkDiagram.ToMermaid(Graph);

    /// <summary>The graph in Graphviz's DOT language (https://graphviz.org). Usable without libtorch.</summary>
    public string ToDot() => NetworkDiagram.ToDot(Graph);

    /// <inheritdoc/>
    public bool Equals(Network? other) =>
        other is not null
        && Graph.Outputs.SequenceEqual(other.Graph.Outputs)
        && Graph.OutputNames.SequenceEqual(other.Graph.OutputNames)
        && Graph.Nodes.Count == other.Graph.Nodes.Count
        && Graph.Nodes.Zip(other.Graph.Nodes).All(pair =>
            pair.First.Layer.Equals(pair.Second.Layer)
            && pair.First.SharedWith == pair.Second.SharedWith
            && pair.First.Inputs.SequenceEqual(pair.Second.Inputs));

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Network);

    /// <inheritdoc/>
    public sealed override int GetHashCode() =>
        Graph.Nodes.Aggregate(Graph.Nodes.Count, (hash, node) => HashCode.Combine(hash, node.Layer));

    /// <summary>The names of the layers from input to output.</summary>
    public override string ToString() => string.Join(" → ", Graph.Nodes.Select(node => node.Name));

    /// <summary>Lays the layers out as a graph, named and in order.</summary>
    private protected virtual NetworkGraph BuildGraph() => Definition;
}
