using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Has Gemm and MatMul compute with 8-bit weights, and inputs that are made 8-bit numbers when the network runs:
/// <c>DynamicQuantizeLinear</c>, <c>MatMulInteger</c>, and a product with both scales, which ONNX Runtime joins into one operator.
/// </summary>
internal sealed class DynamicQuantization(GraphProto graph, OnnxExportOptions options, KeptLayers kept, LayerChanges changes)
{
    private const long Float = (long)TensorProto.Types.DataType.Float;

    private readonly NodeWriter writer = new(graph);
    private readonly HashSet<string> quantized = [];

    internal void Apply()
    {
        var index = new GraphIndex(graph);
        foreach (NodeProto node in graph.Node.ToArray())
        {
            MatrixProduct? product = MatrixProduct.Inspect(index, node, out string? reason);
            if (product is not null)
            {
                // There is ConvInteger, but ONNX Runtime computes it image by image: a small CNN took 28 ms instead of 16 for 256 images.
                reason = kept.Contain(node) ? LayerChanges.KeptByOptions : product.IsConvolution ? "ranges found in each run are slow for convolutions: StaticInt8 takes them" : null;
            }

            if (product is null || reason is not null)
            {
                writer.Add(node);
                if (reason is not null)
                {
                    changes.Kept(node, reason);
                }

                continue;
            }

            Write(product);
            changes.Changed(node, "8-bit weights, inputs quantized in each run");
        }

        writer.Finish();
    }

    private void Write(MatrixProduct product)
    {
        (string input, string output) = (product.Input, product.Node.Output[0]);
        if (quantized.Add(input))
        {
            writer.AddAll("DynamicQuantizeLinear", input, [input], [$"{input}:uint8", $"{input}:scale", $"{input}:zero_point"]);
        }

        (string weight, string scales) = WriteWeight(product);
        string sums = writer.Add("MatMulInteger", $"{output}:int32", $"{input}:uint8", weight, $"{input}:zero_point");
        string floats = writer.Add("Cast", $"{output}:sums", [sums], [NodeWriter.Int("to", Float)]);
        string factors = writer.Add("Mul", $"{output}:factors", $"{input}:scale", scales);
        if (product.Bias is null)
        {
            writer.Add("Mul", output, floats, factors);
            return;
        }

        string scaled = writer.Add("Mul", $"{output}:product", floats, factors);
        writer.Add("Add", output, scaled, product.Node.Input[2]);
    }

    private (string Weight, string Scales) WriteWeight(MatrixProduct product)
    {
        TensorProto weight = product.Weight;
        string name = $"{weight.Name}:{string.Join('x', weight.Dims)}";
        QuantizedWeight numbers = QuantizedWeight.Quantize(
            OnnxWeights.Values(weight), product.Channels, options.PerChannel, options.ReduceRange ? QuantizedWeight.Reduced : QuantizedWeight.Full);
        return (
            writer.Constant(Tensors.Int8s($"{name}:int8", numbers.Values, [.. weight.Dims])),
            writer.Constant(Tensors.Floats($"{name}:scale", numbers.Scales, options.PerChannel ? [numbers.Scales.Length] : [])));
    }
}
