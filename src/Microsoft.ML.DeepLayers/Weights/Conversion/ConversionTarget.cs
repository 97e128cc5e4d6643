using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Weights.Conversion;

/// <summary>A network as conversions see it: its layers that have weights, in order.</summary>
internal sealed class ConversionTarget
{
    private readonly NetworkGraph graph;
    private readonly GraphShapes shapes;

    private ConversionTarget(NetworkGraph graph, IReadOnlyList<Shape> inputShapes)
    {
        this.graph = graph;
        shapes = graph.InferShapes(inputShapes);
    }

    /// <summary>The weights under their full names.</summary>
    internal IReadOnlyList<(string Name, Shape Shape)> Weights => [.. graph.Weights(shapes).Select(weight => (weight.FullName, weight.Spec.Shape))];

    /// <summary>A network that is yet to be trained.</summary>
    /// <exception cref="InvalidOperationException">The shape of an input is neither given nor stated by the network.</exception>
    internal static ConversionTarget Of(Network network, WeightConversionOptions options)
    {
        NetworkGraph graph = network.Graph;
        if (options.InputShapes.Count > 0 && options.InputShapes.Count != graph.Inputs.Count)
        {
            throw new ArgumentException($"The network has {graph.Inputs.Count} inputs, but {options.InputShapes.Count} shapes are given.", nameof(options));
        }

        Shape[] inputs =
        [
            .. graph.Inputs.Select((input, i) => options.InputShapes.Count > 0
                ? options.InputShapes[i]
                : ((Input)graph.Nodes[input].Layer).Shape
                ?? throw new InvalidOperationException(
                    $"The network does not say the shape of its input '{graph.Nodes[input].Name}'. Give it by {nameof(WeightConversionOptions)}.{nameof(WeightConversionOptions.InputShapes)}, or begin the network with new Input(...).")),
        ];
        return new ConversionTarget(options.OutputUnits is { } units ? graph.AppendOutput(units) : graph, inputs);
    }

    /// <summary>A trained network, with the output layer that its trainer added.</summary>
    internal static ConversionTarget Of(NeuralNetworkModelParameters model)
    {
        NetworkGraph graph = model.Network.Graph;
        if (model.GetOptions().AddOutputLayer)
        {
            for (int output = 0; output < graph.Outputs.Count; output++)
            {
                string name = graph.AppendOutput(1, output).Nodes[^1].Name;
                graph = graph.AppendOutput(model.GetWeightShape($"{name}/kernel")[-1], output);
            }
        }

        return new ConversionTarget(graph, [.. model.Trained.Inputs.Select(input => input.Shape)]);
    }

    /// <summary>The layers that have weights.</summary>
    /// <param name="isChannelsFirst">Whether the other framework's convolutions put channels first.</param>
    /// <param name="always">Whether its Flatten layers see channels first; <see langword="null"/> to tell by the layers before.</param>
    internal IReadOnlyList<WeightedLayer> Layers(bool isChannelsFirst, bool? always)
    {
        var layers = new List<WeightedLayer>();
        var states = new ChannelState[graph.Nodes.Count];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            ChannelState before = node.Inputs.Count > 0 ? states[node.Inputs[0].Node] : default;
            states[i] = ChannelState.After(node.Layer, before, shapes.Inputs[i][0], shapes.Outputs[i][0], always);
            IReadOnlyList<WeightSpec> specs = node.SharedWith is null ? node.Layer.GetWeights(shapes.Inputs[i]) : [];
            if (specs.Count > 0)
            {
                layers.Add(new WeightedLayer(
                    node.Name, node.Layer, shapes.Inputs[i][0], [.. specs.Select(spec => (spec.Name, spec.Shape))], isChannelsFirst ? before.Flattened : null));
            }
        }

        return layers;
    }
}

/// <summary>How a framework that puts channels first would have a value of ours.</summary>
/// <param name="IsFirst">Whether its channels come first.</param>
/// <param name="Flattened">Where it is a flattened value with channels first, the shape of that; ours, channels last.</param>
internal readonly record struct ChannelState(bool IsFirst, Shape? Flattened)
{
    /// <summary>What a layer makes of it.</summary>
    internal static ChannelState After(Layer layer, ChannelState before, Shape input, Shape output, bool? always)
    {
        if (layer is Flatten)
        {
            return new ChannelState(false, input.Rank > 1 && (always ?? before.IsFirst) ? input : default(Shape?));
        }

        // Images have their channels first there, and what convolves or pools wants them so, sequences included.
        string type = layer.GetType().Name;
        if (layer is Input || type.Contains("Conv", StringComparison.Ordinal) || type.Contains("Pooling", StringComparison.Ordinal))
        {
            return new ChannelState(output.Rank >= (layer is Input ? 3 : 2), null);
        }

        // What leaves the channels as they are (padding, activations, normalization) leaves the order, too.
        bool keeps = input.Rank == output.Rank && input.Rank > 0 && input[-1] == output[-1] && layer is not (Permute or Reshape or RecurrentLayer or Bidirectional);
        return keeps ? before : default;
    }
}
