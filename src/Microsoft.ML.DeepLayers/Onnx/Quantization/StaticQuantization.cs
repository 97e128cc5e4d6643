using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Puts a QuantizeLinear and a DequantizeLinear around what goes into Gemm, MatMul and Conv, with measured ranges (unsigned
/// numbers), and a DequantizeLinear behind their weights (signed numbers) and biases (32 bits): ONNX's form of a quantized
/// network, in which a runtime finds its 8-bit operators.
/// </summary>
internal sealed class StaticQuantization
{
    private const float SmallestNormal = 1.17549435e-38f;

    private readonly GraphProto graph;
    private readonly OnnxExportOptions options;
    // By reference: messages are equal by content, which changes here.
    private readonly Dictionary<NodeProto, MatrixProduct> products = new(ReferenceEqualityComparer.Instance);
    private readonly QuantizationPlan plan;

    internal StaticQuantization(GraphProto graph, OnnxExportOptions options, KeptLayers kept, LayerChanges changes)
    {
        this.graph = graph;
        this.options = options;
        var index = new GraphIndex(graph);
        foreach (NodeProto node in graph.Node)
        {
            MatrixProduct? product = MatrixProduct.Inspect(index, node, out string? reason);
            if (product is not null && !kept.Contain(node))
            {
                products.Add(node, product);
                changes.Changed(node, "8-bit weights and inputs");
            }
            else if (product is not null || reason is not null)
            {
                changes.Kept(node, reason ?? LayerChanges.KeptByOptions);
            }
        }

        plan = new QuantizationPlan(index, products.Values);
    }

    /// <summary>The values of the graph whose ranges must be measured.</summary>
    internal IReadOnlyList<string> Measured => [.. plan.Sources.Values.Distinct()];

    /// <summary>Changes the graph.</summary>
    /// <param name="ranges">The range of each of <see cref="Measured"/>.</param>
    internal void Apply(IReadOnlyDictionary<string, ValueRange> ranges)
    {
        var writer = new NodeWriter(graph);
        foreach (string input in graph.Input.Select(input => input.Name))
        {
            WritePair(writer, input, ranges);
        }

        foreach (NodeProto node in graph.Node.ToArray())
        {
            string[] outputs = [.. node.Output];
            if (products.TryGetValue(node, out MatrixProduct? product))
            {
                WriteWeights(writer, product, ranges[plan.Sources[product.Input]].ToUInt8().Scale);
            }

            for (int i = 0; i < node.Input.Count; i++)
            {
                if (plan.ReadsQuantized(node, node.Input[i]))
                {
                    node.Input[i] = Dequantized(node.Input[i]);
                }
            }

            writer.Add(node);
            foreach (string output in outputs)
            {
                WritePair(writer, output, ranges);
            }
        }

        writer.Finish();
    }

    private static string Dequantized(string value) => $"{value}:quantized";

    private void WritePair(NodeWriter writer, string value, IReadOnlyDictionary<string, ValueRange> ranges)
    {
        if (plan.Sources.TryGetValue(value, out string? source))
        {
            (float step, byte zero) = ranges[source].ToUInt8();
            string scale = writer.Constant(Tensors.Floats($"{source}:scale", [step]));
            string zeroPoint = writer.Constant(Tensors.UInt8s($"{source}:zero_point", [zero]));
            string numbers = writer.Add("QuantizeLinear", $"{value}:uint8", value, scale, zeroPoint);
            writer.Add("DequantizeLinear", Dequantized(value), numbers, scale, zeroPoint);
        }
    }

    private void WriteWeights(NodeWriter writer, MatrixProduct product, float inputScale)
    {
        NodeProto node = product.Node;
        float[]? bias = product.Bias is { } given ? OnnxWeights.Values(given) : null;
        QuantizedWeight weight = QuantizedWeight.Quantize(
            OnnxWeights.Values(product.Weight), product.Channels, options.PerChannel, options.ReduceRange ? QuantizedWeight.Reduced : QuantizedWeight.Full,
            LeastScales(bias, inputScale));
        // A scalar for all, or a vector along the channels; and zero points of the same form, which some operators insist on.
        long[] form = options.PerChannel ? [weight.Scales.Length] : [];
        string scale = writer.Constant(Tensors.Floats($"{node.Name}:weight:scale", weight.Scales, form));
        node.Input[1] = writer.Add(
            "DequantizeLinear", $"{node.Name}:weight",
            [
                writer.Constant(Tensors.Int8s($"{node.Name}:weight:int8", weight.Values, [.. product.Weight.Dims])), scale,
                writer.Constant(Tensors.Int8s($"{node.Name}:weight:zero_point", new sbyte[weight.Scales.Length], form)),
            ],
            [NodeWriter.Int("axis", product.Channels.Index)]);
        if (bias is null)
        {
            return;
        }

        // Sums of products have the product of both scales, and so must what is added to them.
        float[] scales = [.. weight.Scales.Select(factor => Math.Max(factor * inputScale, SmallestNormal))];
        int[] numbers = [.. bias.Select((value, channel) => (int)Math.Round((double)value / scales[options.PerChannel ? channel : 0], MidpointRounding.ToEven))];
        node.Input[2] = writer.Add(
            "DequantizeLinear", $"{node.Name}:bias",
            [
                writer.Constant(Tensors.Int32s($"{node.Name}:bias:int32", numbers)),
                writer.Constant(Tensors.Floats($"{node.Name}:bias:scale", scales, form)),
            ],
            [NodeWriter.Int("axis", 0)]);
    }

    /// <summary>How large a weight's scale must be for the bias to fit into 31 bits: it may be far larger than all products.</summary>
    private float[] LeastScales(float[]? bias, float inputScale)
    {
        if (bias is null)
        {
            return [];
        }

        const int Largest = 1 << 30;
        return options.PerChannel
            ? [.. bias.Select(value => Math.Abs(value) / inputScale / Largest)]
            : [bias.Max(Math.Abs) / inputScale / Largest];
    }
}
