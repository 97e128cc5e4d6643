using Google.Protobuf;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>
/// Writes a trained graph as an ONNX model (IR version 8, opset 17). Its initializers <c>layer/weight</c> are the weights
/// as they were trained, so the one file both scores and lets training continue.
/// </summary>
internal static class OnnxExporter
{
    /// <summary>Who wrote a model, as it says itself.</summary>
    internal const string Producer = "Microsoft.ML.DeepLayers";

    /// <summary>The IR version that goes with the opset (https://github.com/onnx/onnx/blob/main/docs/Versioning.md).</summary>
    private const long IrVersion = 8;

    /// <summary>Exports a graph whose outputs end in their tasks' output layers.</summary>
    /// <param name="graph">The graph; its outputs are what training compared with the labels (logits).</param>
    /// <param name="shapes">Its shapes.</param>
    /// <param name="columns">The column that each input of the graph reads.</param>
    /// <param name="weights">The shape and values of a weight by its full name.</param>
    /// <param name="outputs">What each output is for, which decides the activation behind it, and its names.</param>
    internal static byte[] Export(
        NetworkGraph graph,
        GraphShapes shapes,
        IReadOnlyList<InputColumn> columns,
        Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights,
        IReadOnlyList<TrainedOutput> outputs)
    {
        var proto = new GraphProto { Name = "network" };
        var builder = new OnnxGraphBuilder(proto, weights);
        IReadOnlyList<string> inputNames = InputNames(columns.Select(column => column.Name), outputs);
        IReadOnlyList<OnnxValue> values = GraphExport.AddNodes(
            builder, graph, [.. graph.Inputs.Select((input, index) => builder.Input(inputNames[index], shapes.Outputs[input][0]))]);
        for (int i = 0; i < outputs.Count; i++)
        {
            AddOutput(builder, values[i], outputs[i]);
        }

        ModelProto model = ToModel(proto);
        builder.Cost.WriteTo(model);
        return model.ToByteArray();
    }

    /// <summary>Names for graph inputs: the columns' own, unless an output is called so.</summary>
    internal static IReadOnlyList<string> InputNames(IEnumerable<string> columns, IReadOnlyList<TrainedOutput> outputs)
    {
        HashSet<string> taken = [.. outputs.SelectMany(output => new[] { output.ScoreName, output.ProbabilityName })];
        return [.. columns.Select(column => taken.Contains(column) ? $"{column}_input" : column)];
    }

    private static void AddOutput(OnnxGraphBuilder builder, OnnxValue value, TrainedOutput output)
    {
        switch (output.Task)
        {
            case PredictionTask.BinaryClassification:
                builder.Output(output.ScoreName, value);
                builder.Output(output.ProbabilityName, Activation.Sigmoid.Export(builder, value));
                break;
            default:
                builder.Output(output.ScoreName, output.Activation.Export(builder, value));
                break;
        }
    }

    internal static ModelProto ToModel(GraphProto graph)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxExporter).Assembly.GetName().Version?.ToString() ?? "",
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxGraphBuilder.OpsetVersion });
        return model;
    }
}
