using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>A Gemm, MatMul or Conv whose weights are known, so that they can be 8-bit numbers.</summary>
/// <param name="Node">The node.</param>
/// <param name="Weight">The weights, in the shape in which the node reads them.</param>
/// <param name="Bias">A vector that is added, or <see langword="null"/>.</param>
/// <param name="Channels">Where units or filters lie in the weights.</param>
internal sealed record MatrixProduct(NodeProto Node, TensorProto Weight, TensorProto? Bias, ChannelAxis Channels)
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["LSTM"] = "ONNX has no 8-bit recurrent operators",
        ["GRU"] = "ONNX has no 8-bit recurrent operators",
        ["RNN"] = "ONNX has no 8-bit recurrent operators",
        ["ConvTranspose"] = "ONNX has no 8-bit form of it",
        ["Einsum"] = "ONNX has no 8-bit form of it",
    };

    /// <summary>What the node multiplies by its weights.</summary>
    internal string Input => Node.Input[0];

    internal bool IsConvolution => Node.OpType == "Conv";

    /// <summary>Reads a node.</summary>
    /// <param name="index">Its graph.</param>
    /// <param name="node">The node.</param>
    /// <param name="reason">Why it is none, where a report should say so.</param>
    internal static MatrixProduct? Inspect(GraphIndex index, NodeProto node, out string? reason)
    {
        reason = null;
        if (node.Domain is not ("" or "ai.onnx"))
        {
            return null;
        }

        if (node.OpType is not ("Gemm" or "MatMul" or "Conv"))
        {
            reason = GraphIndex.HasSubgraphs(node) ? "graphs inside operators are left as they are"
                : node.OpType == "Gather" && index.ConstantFloats(node.Input[0]) is not null ? "it looks up a table and multiplies nothing"
                : Reasons.GetValueOrDefault(node.OpType);
            return null;
        }

        TensorProto? weight = index.ConstantFloats(node.Input[1]);
        bool hasBias = node.Input.Count > 2 && node.Input[2].Length > 0;
        TensorProto? bias = hasBias ? index.ConstantFloats(node.Input[2]) : null;
        int axis = node.OpType == "Conv" ? 0 : 1;
        reason = index.ConstantFloats(node.Input[0]) is not null ? "its input is constant"
            : weight is null ? "what it multiplies by is computed in the graph"
            : node.OpType != "Conv" && weight.Dims.Count != 2 ? "its weights are no matrix"
            : hasBias && (bias is null || bias.Dims.Count != 1 || bias.Dims[0] != weight.Dims[axis]) ? "its bias is no constant vector"
            : node.OpType == "Gemm" && !IsPlain(node) ? "it transposes or scales"
            : !IsFinite(weight) || (bias is not null && !IsFinite(bias)) ? "its weights are not all finite"
            : null;
        return reason is null ? new MatrixProduct(node, weight!, bias, ChannelAxis.Along(weight!.Dims, axis)) : null;
    }

    private static bool IsPlain(NodeProto gemm) => gemm.Attribute.All(attribute => attribute.Name switch
    {
        "alpha" or "beta" => attribute.F == 1,
        "transA" or "transB" => attribute.I == 0,
        _ => false,
    });

    private static bool IsFinite(TensorProto tensor) => OnnxWeights.Values(tensor).All(float.IsFinite);
}
