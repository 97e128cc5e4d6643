using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Joins a batch normalization with the convolution or the dense layer in front of it, whose weights take over its factor
/// and its offset, as runtimes do themselves with float32 networks: <c>a (W x + b) + c = (a W) x + (a b + c)</c>.
/// </summary>
internal static class BatchNormalizationFolding
{
    internal static void Fold(GraphProto graph)
    {
        var index = new GraphIndex(graph);
        var gone = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (NodeProto node in graph.Node)
        {
            if ((GraphIndex.IsStandard(node, "Conv") || GraphIndex.IsStandard(node, "Gemm"))
                && index.SoleConsumer(node.Output[0], "BatchNormalization") is { } normalization
                && MatrixProduct.Inspect(index, node, out _) is { } product && Factors(index, normalization) is var (factor, offset))
            {
                Fold(graph, product, factor, offset);
                node.Output[0] = normalization.Output[0];
                gone.Add(normalization);
            }
        }

        NodeProto[] kept = [.. graph.Node.Where(node => !gone.Contains(node))];
        graph.Node.Clear();
        graph.Node.AddRange(kept);
        GraphIndex.RemoveUnused(graph);
    }

    /// <summary>What normalizing multiplies each channel by, and adds to it.</summary>
    private static (float[] Factor, float[] Offset)? Factors(GraphIndex index, NodeProto node)
    {
        TensorProto?[] tensors = [.. node.Input.Skip(1).Select(name => index.Initializers.GetValueOrDefault(name))];
        if (node.Output.Count > 1 || tensors.Any(tensor => tensor is null || !Tensors.IsFloat(tensor)))
        {
            return null;
        }

        float[][] values = [.. tensors.Select(tensor => OnnxWeights.Values(tensor!))];
        float epsilon = node.Attribute.FirstOrDefault(attribute => attribute.Name == "epsilon")?.F ?? 1e-5f;
        var factor = new float[values[0].Length];
        var offset = new float[factor.Length];
        for (int i = 0; i < factor.Length; i++)
        {
            double a = values[0][i] / Math.Sqrt((double)values[3][i] + epsilon);
            factor[i] = (float)a;
            offset[i] = (float)(values[1][i] - (a * values[2][i]));
        }

        return (factor, offset);
    }

    private static void Fold(GraphProto graph, MatrixProduct product, float[] factor, float[] offset)
    {
        float[] weight = OnnxWeights.Values(product.Weight);
        ChannelAxis channels = product.Channels;
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] *= factor[channels.Of(i)];
        }

        float[] bias = product.Bias is { } given ? OnnxWeights.Values(given) : new float[factor.Length];
        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] = (bias[i] * factor[i]) + offset[i];
        }

        NodeProto node = product.Node;
        (string input, string kernel, string sum) = (node.Input[0], $"{node.Name}:folded_kernel", $"{node.Name}:folded_bias");
        graph.Initializer.Add(Tensors.Floats(kernel, weight, [.. product.Weight.Dims]));
        graph.Initializer.Add(Tensors.Floats(sum, bias, bias.Length));
        node.Input.Clear();
        node.Input.AddRange([input, kernel, sum]);
    }
}
