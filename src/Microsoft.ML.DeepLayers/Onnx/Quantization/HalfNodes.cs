using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Which nodes of a graph compute in float16: products with weights and embeddings, and what follows them as long as it is
/// harmless. All else stays float32: what overflows or loses its digits (softmax, normalization, sums over axes, squares,
/// quotients, roots, powers, exponentials, logarithms), what decides (comparisons, conversions to integers), what ONNX
/// Runtime's CPU has in float32 only (LSTM, GRU, RNN), operators not known here, and all that comes before the first
/// weights: an index or a key above 2048 is no float16.
/// </summary>
internal sealed class HalfNodes
{
    private static readonly HashSet<string> Beginning = new(["MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum", "Gather"], StringComparer.Ordinal);

    private static readonly HashSet<string> Moving = new(
        ["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Concat", "Gather", "Expand", "Identity", "Where", "Pad", "Tile", "MaxPool", "GlobalMaxPool"],
        StringComparer.Ordinal);

    private static readonly HashSet<string> Computing = new(
        [
            "Add", "Sub", "Mul", "Neg", "Abs", "Max", "Min", "Clip", "MatMul", "Einsum", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "ThresholdedRelu",
            "HardSigmoid", "HardSwish", "Sigmoid", "Tanh", "Erf", "Softsign",
        ],
        StringComparer.Ordinal);

    private static readonly HashSet<string> Recurrent = new(["LSTM", "GRU", "RNN"], StringComparer.Ordinal);

    private readonly GraphIndex index;
    private readonly HashSet<string> floats;
    private readonly HashSet<string> constant = [];
    private readonly HashSet<NodeProto> half = new(ReferenceEqualityComparer.Instance);

    /// <param name="index">The graph.</param>
    /// <param name="floats">Which of its values are floats.</param>
    /// <param name="kept">Layers that stay float32.</param>
    internal HalfNodes(GraphIndex index, HashSet<string> floats, KeptLayers kept)
    {
        this.index = index;
        this.floats = floats;
        constant.UnionWith(index.Initializers.Keys);
        foreach (NodeProto node in index.Graph.Node)
        {
            if (GraphIndex.Reads(node).All(constant.Contains))
            {
                constant.UnionWith(node.Output);
            }
            else if (node.Domain is "" or "ai.onnx" && !kept.Contain(node) && (Begins(node) || Follows(node)))
            {
                half.Add(node);
            }
        }

        // Weights that are only moved: as whoever reads them wants them.
        foreach (NodeProto node in index.Graph.Node.Reverse().Where(node => Moving.Contains(node.OpType) && node.Output.All(constant.Contains)))
        {
            if (node.Output.Any(output => floats.Contains(output) && index.Consumers(output).Any(reader => StoresHalf(reader) && !kept.Contain(reader))))
            {
                half.Add(node);
            }
        }
    }

    /// <summary>Whether a node computes in float16.</summary>
    internal bool Contain(NodeProto node) => half.Contains(node);

    /// <summary>Whether a node is recurrent: it computes in float32, with weights that are stored in float16.</summary>
    internal static bool IsRecurrent(NodeProto node) => Recurrent.Contains(node.OpType);

    /// <summary>Whether a node is a step of the network worth a line in a report: it has weights, or multiplies matrices.</summary>
    internal bool IsReported(NodeProto node) =>
        !node.Output.All(constant.Contains) && (Beginning.Contains(node.OpType) || IsRecurrent(node)) && (node.OpType == "MatMul" || Begins(node) || IsRecurrent(node));

    private bool Begins(NodeProto node) => Beginning.Contains(node.OpType)
        && (node.OpType == "Gather" ? IsFloatConstant(node.Input[0]) : node.Input.Any(IsFloatConstant));

    private bool Follows(NodeProto node)
    {
        // The square of 256 overflows.
        bool isSquare = node.OpType == "Mul" && node.Input[0] == node.Input[1];
        return (Moving.Contains(node.OpType) || Computing.Contains(node.OpType)) && !isSquare && node.Output.Where(name => name.Length > 0).All(floats.Contains)
            && node.Input.Any(input => floats.Contains(input) && index.Producer(input) is { } producer && half.Contains(producer));
    }

    private bool StoresHalf(NodeProto reader) => half.Contains(reader) || IsRecurrent(reader);

    private bool IsFloatConstant(string value) => constant.Contains(value) && floats.Contains(value);
}
