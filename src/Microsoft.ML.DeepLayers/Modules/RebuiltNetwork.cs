using System.Text.Json;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Inspection;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>A trained network as functions over tensors, on the CPU: built of its definition, with its weights.</summary>
/// <param name="Graph">The definition with the output layers that training added; its outputs are logits.</param>
/// <param name="Torch">Its functions, which own the weights.</param>
internal sealed record RebuiltNetwork(NetworkGraph Graph, TorchNetwork Torch) : IDisposable
{
    /// <summary>Builds the network. Its modules must be registered, and libtorch must be loaded.</summary>
    /// <exception cref="InvalidOperationException">A module is not registered or does not fit its weights.</exception>
    internal static RebuiltNetwork Build(TrainedNetwork network)
    {
        NetworkGraph graph = Complete(network);
        GraphShapes shapes = graph.InferShapes(InputShapes(network));
        NetworkWeights weights = OnnxWeights.Read(network.Onnx);
        if (network.IsFromZip)
        {
            CheckSizes(graph, shapes, network, weights);
        }

        var torch = new TorchNetwork(graph, shapes, CPU);
        try
        {
            torch.Load(weights);
            return new RebuiltNetwork(graph, torch);
        }
        catch (InvalidOperationException exception)
        {
            torch.Dispose();
            throw new InvalidOperationException(
                $"The network does not take the weights that were saved with it. Is each of its modules registered with the code and the sizes that it was trained with? {exception.Message}", exception);
        }
    }

    /// <summary>Holds what a definition asks for against what the zip has, before anything is allocated.</summary>
    /// <exception cref="FormatException">It asks for more.</exception>
    private static void CheckSizes(NetworkGraph graph, GraphShapes shapes, TrainedNetwork network, NetworkWeights weights)
    {
        // A module that has changed a little is a matter of names and shapes, which are compared later.
        long room = weights.Sum(weight => weight.Shape.Size) + (ModelFileLimits.Default.ScoringBytes / sizeof(float));
        long declared = 0;
        foreach (Shape shape in graph.Weights(shapes).Select(weight => weight.Spec.Shape))
        {
            if ((declared += shape.Size) > room)
            {
                throw new FormatException(
                    $"The model is damaged: its definition needs {declared} numbers as weights and more, but {weights.Sum(weight => weight.Shape.Size)} were saved with it. Take an undamaged copy.");
            }
        }

        long allowed = ModelInspection.AllowedBytes(network.Onnx.Length, network.Inputs.Sum(input => RowCost.SizeOf(input.Shape)), ModelFileLimits.Default);
        if (shapes.Outputs.SelectMany(outputs => outputs).Any(shape => RowCost.SizeOf(shape) > allowed / sizeof(float)))
        {
            throw new FormatException(
                $"The model is refused: a layer of its definition makes more than {allowed >> 20} MiB of a row. If the file is to be trusted, raise {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.ScoringBytes)}.");
        }
    }

    /// <summary>The definition with the output layers that training added. It needs no libtorch.</summary>
    internal static NetworkGraph Complete(TrainedNetwork network)
    {
        NetworkGraph graph = Network.FromJson(network.DefinitionJson).Graph;
        bool addsOutputLayer = AddsOutputLayer(network);
        for (int i = 0; i < network.Outputs.Count; i++)
        {
            TrainedOutput output = network.Outputs[i];
            graph = TaskHead.Of(output.Task).Complete(
                graph, InputShapes(network), ScoreColumns.Create(output).ScoreSize, addsOutputLayer, i, output.Activation);
        }

        return graph;
    }

    internal static Shape[] InputShapes(TrainedNetwork network) => [.. network.Inputs.Select(input => input.Shape)];

    public void Dispose() => Torch.Dispose();

    /// <summary>This setting alone: the others may name callbacks that only the training process has.</summary>
    private static bool AddsOutputLayer(TrainedNetwork network)
    {
        using JsonDocument options = JsonDocument.Parse(network.OptionsJson);
        return !options.RootElement.TryGetProperty("addOutputLayer", out JsonElement adds) || adds.GetBoolean();
    }
}
