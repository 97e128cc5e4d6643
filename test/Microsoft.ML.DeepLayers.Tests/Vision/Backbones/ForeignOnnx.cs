using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Onnx.Quantization;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>ONNX models of backbones as PyTorch's exporters write them: with names, or with what is left of them.</summary>
internal static class ForeignOnnx
{
    /// <summary>The model of a backbone as this library writes it.</summary>
    internal static ModelProto Own(Backbone backbone, NetworkWeights weights)
    {
        NetworkGraph graph = backbone.ToNetwork().Graph;
        var proto = new GraphProto { Name = "network" };
        var builder = new OnnxGraphBuilder(proto, name => (weights[name].Shape, weights[name].Values));
        builder.Output("Score", GraphExport.AddNodes(builder, graph, [builder.Input("Pixels", backbone.InputShape)])[0]);
        return OnnxExporter.ToModel(proto);
    }

    /// <summary>The same as another exporter would write it.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="folds">Whether batch normalizations are folded into convolutions, which then have no names.</param>
    /// <param name="hasScopes">Whether the names of nodes tell the modules.</param>
    internal static ModelProto Of(Backbone backbone, NetworkWeights weights, bool folds = false, bool hasScopes = false)
    {
        ModelProto model = Own(backbone, weights);
        model.ProducerName = "pytorch";
        GraphProto graph = model.Graph;
        if (folds)
        {
            BatchNormalizationFolding.Fold(graph);
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((NodeProto node, int number) in graph.Node.Select((node, number) => (node, number)))
        {
            string layer = node.Name.Split('/')[0];
            foreach (string input in node.Input.Where(input => graph.Initializer.Any(tensor => tensor.Name == input)))
            {
                bool isLost = (folds && node.OpType == "Conv" && node.Input.Count > 2 && !input.Contains(".fc", StringComparison.Ordinal)) || (node.OpType == "MatMul" && input.EndsWith("/kernel", StringComparison.Ordinal));
                names.TryAdd(input, isLost ? $"onnx::{node.OpType}_{number}{(input == node.Input[^1] && node.OpType == "Conv" ? "b" : "")}" : input.Split('/')[^1] switch
                {
                    "kernel" => $"{layer}.weight",
                    "gamma" when layer.EndsWith("layer_scale", StringComparison.Ordinal) => layer,
                    "gamma" => $"{layer}.weight",
                    "beta" or "bias" => $"{layer}.bias",
                    "moving_mean" => $"{layer}.running_mean",
                    "moving_variance" => $"{layer}.running_var",
                    _ => $"onnx::Constant_{number}_{node.Input.IndexOf(input)}",
                });
            }

            node.Name = hasScopes ? $"{Scope(layer)}/{node.OpType}" : $"{node.OpType}_{number}";
        }

        foreach (TensorProto tensor in graph.Initializer)
        {
            tensor.Name = names.GetValueOrDefault(tensor.Name, tensor.Name);
        }

        foreach (NodeProto node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
            }
        }

        return model;
    }

    internal static string Save(this ModelProto model, TemporaryFolder folder, string name = "model.onnx")
    {
        File.WriteAllBytes(folder[name], model.ToByteArray());
        return folder[name];
    }

    /// <summary><c>layer1.0.conv1</c> as PyTorch's exporter writes it: <c>/layer1/layer1.0/conv1</c>.</summary>
    private static string Scope(string layer)
    {
        string scope = "", last = "";
        foreach (string part in layer.Split('.'))
        {
            last = int.TryParse(part, CultureInfo.InvariantCulture, out _) ? $"{last}.{part}" : part;
            scope += $"/{last}";
        }

        return scope;
    }
}
