using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A network as a layer of another one. Made by <see cref="DeepLayers.Network.Apply"/>, or written into a
/// <see cref="Sequential"/>. Its layers become part of the outer network, named <c>inner/dense</c>.
/// <para>Inputs and outputs: those of the network.</para>
/// <para>Keras: <c>Model</c>; ONNX: the nodes of its layers.</para>
/// </summary>
public sealed record NetworkLayer : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="network">The network; from here on it is in use, and frozen.</param>
    /// <exception cref="InvalidOperationException">Networks are nested more than 32 levels deep.</exception>
    public NetworkLayer(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Network = network;
        Nesting.CheckDepth(Depth);
        _ = network.Graph;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    internal override int Depth => 1 + Network.Depth;

    /// <inheritdoc/>
    public override int OutputCount => Network.Graph.Outputs.Count;

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool CanExport => Network.Graph.CanExport;

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        GraphShapes shapes = Infer(inputShapes);
        return [.. Network.Graph.Outputs.Select(output => shapes[output])];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) =>
        [.. Network.Graph.Weights(Infer(inputShapes)).Select(weight => weight.Spec with { Name = weight.FullName })];

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        NetworkGraph graph = Network.Graph;
        GraphShapes shapes = Infer(builder.InputShapes);
        var functions = new LayerFunction[graph.Nodes.Count];
        for (int i = 0; i < functions.Length; i++)
        {
            functions[i] = graph.Nodes[i].SharedWith is { } owner
                ? functions[owner]
                : builder.BuildInner(graph.Nodes[i].Name, graph.Nodes[i].Layer, shapes.Inputs[i]);
        }

        return (inputs, context) =>
        {
            IReadOnlyList<Tensor>[] values = GraphRunner.Run(graph, functions, inputs, context);
            return [.. graph.Outputs.Select(output => values[output.Node][output.Output])];
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs) =>
        GraphExport.AddNodes(onnx, Network.Graph, inputs);

    private GraphShapes Infer(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        int expected = Network.Graph.Inputs.Count;
        return inputShapes.Count == expected
            ? Network.Graph.InferShapes(inputShapes)
            : throw new LayerShapeException(this, inputShapes, $"{expected} input(s), as many as its network has");
    }
}
