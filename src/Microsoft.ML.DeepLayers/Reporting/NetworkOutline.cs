using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>
/// A network as it was trained, with the output layers that the task added, in the few words that a picture of it needs.
/// Unlike the definition it can be read without the classes of its layers.
/// </summary>
/// <param name="Nodes">The layers, each after all that it reads.</param>
/// <param name="Outputs">Which of them give the outputs.</param>
internal sealed record NetworkOutline(IReadOnlyList<OutlineNode> Nodes, IReadOnlyList<OutlineOutput> Outputs)
{
    internal static NetworkOutline Of(NetworkGraph graph, GraphShapes shapes) => new(
        [.. graph.Nodes.Select((node, i) =>
        {
            // A layer that is applied again has no weights of its own.
            IReadOnlyList<WeightSpec> weights = node.SharedWith is null ? node.Layer.GetWeights(shapes.Inputs[i]) : [];
            return new OutlineNode(
                node.Name, node.Layer.GetType().Name, string.Join(", ", shapes.Outputs[i].Select(shape => shape.ToString())),
                weights.Where(weight => weight.Trainable).Sum(weight => weight.Shape.Size),
                weights.Where(weight => !weight.Trainable).Sum(weight => weight.Shape.Size),
                [.. node.Inputs.Select(input => input.Node)], node.SharedWith);
        })],
        [.. graph.Outputs.Select((output, i) => new OutlineOutput(graph.OutputNames[i], output.Node))]);
}

/// <summary>A layer of an outline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The name of its class.</param>
/// <param name="Shape">The shapes that it gives.</param>
/// <param name="Trainable">How many numbers it learns.</param>
/// <param name="Fixed">How many numbers it has that are not trained.</param>
/// <param name="Inputs">The positions of the layers that it reads.</param>
/// <param name="SharedWith">The position of the layer whose weights it uses; <see langword="null"/> for its own.</param>
internal sealed record OutlineNode(string Name, string Type, string Shape, long Trainable, long Fixed, IReadOnlyList<int> Inputs, int? SharedWith);

/// <summary>An output of an outline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Node">The position of the layer that gives it.</param>
internal sealed record OutlineOutput(string Name, int Node);
