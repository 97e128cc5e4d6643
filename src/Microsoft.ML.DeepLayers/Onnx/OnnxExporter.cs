using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>
/// Writes a trained graph as an ONNX model (IR version 8, opset 17). Its initializers <c>layer/weight</c> are the weights
/// as they were trained, so the one file both scores and lets training continue.
/// </summary>
internal static class OnnxExporter
{
    /// <summary>The IR version that goes with the opset (https://github.com/onnx/onnx/blob/main/docs/Versioning.md).</summary>
    private const long IrVersion = 8;

    /// <summary>The name of the output that scoring reads.</summary>
    internal const string ScoreName = "Score";

    /// <summary>The name of a binary classifier's second output.</summary>
    internal const string ProbabilityName = "Probability";

    /// <summary>Exports a graph that ends in the task's output layer.</summary>
    /// <param name="graph">The graph; its first output is what training compared with the labels (logits).</param>
    /// <param name="shapes">Its shapes.</param>
    /// <param name="inputNames">A name for each input of the graph.</param>
    /// <param name="weights">The shape and values of a weight by its full name.</param>
    /// <param name="task">Decides the activation behind the output.</param>
    internal static byte[] Export(
        NetworkGraph graph,
        GraphShapes shapes,
        IReadOnlyList<string> inputNames,
        Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights,
        PredictionTask task)
    {
        var proto = new GraphProto { Name = "network" };
        var builder = new OnnxGraphBuilder(proto, weights);
        OnnxValue output = AddNodes(builder, graph, shapes, inputNames)[0];
        switch (task)
        {
            case PredictionTask.BinaryClassification:
                builder.Output(ScoreName, output);
                builder.Output(ProbabilityName, Activation.Sigmoid.Export(builder, output));
                break;
            case PredictionTask.MulticlassClassification:
                builder.Output(ScoreName, Activation.Softmax.Export(builder, output));
                break;
            default:
                builder.Output(ScoreName, output);
                break;
        }

        return ToModel(proto).ToByteArray();
    }

    /// <summary>Adds the nodes of all layers; returns the graph's outputs.</summary>
    internal static IReadOnlyList<OnnxValue> AddNodes(OnnxGraphBuilder builder, NetworkGraph graph, GraphShapes shapes, IReadOnlyList<string> inputNames) =>
        GraphExport.AddNodes(builder, graph, [.. graph.Inputs.Select((input, index) => builder.Input(inputNames[index], shapes.Outputs[input][0]))]);

    /// <summary>Names for graph inputs: the columns' own, unless an output is called so.</summary>
    internal static IReadOnlyList<string> InputNames(IEnumerable<string> columns) =>
        [.. columns.Select(column => column is ScoreName or ProbabilityName ? $"{column}_input" : column)];

    internal static ModelProto ToModel(GraphProto graph)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "Microsoft.ML.DeepLayers",
            ProducerVersion = typeof(OnnxExporter).Assembly.GetName().Version?.ToString() ?? "",
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxGraphBuilder.OpsetVersion });
        return model;
    }
}
