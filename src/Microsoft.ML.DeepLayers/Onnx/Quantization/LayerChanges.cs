using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Collects what became of the operators of each layer, like ones together.</summary>
internal sealed class LayerChanges
{
    /// <summary>The note of a layer that the options keep.</summary>
    internal const string KeptByOptions = "named in Float32Layers";

    private readonly List<OnnxLayerChange> changes = [];

    internal IReadOnlyList<OnnxLayerChange> All => changes;

    internal void Changed(NodeProto node, string into) => Add(node, true, into);

    internal void Kept(NodeProto node, string reason) => Add(node, false, reason);

    private void Add(NodeProto node, bool isChanged, string note)
    {
        string layer = GraphIndex.LayerOf(node) is { Length: > 0 } name ? name : "(output)";
        int same = changes.FindIndex(change => change.Layer == layer && change.Operator == node.OpType && change.IsChanged == isChanged && change.Note == note);
        if (same >= 0)
        {
            changes[same] = changes[same] with { Count = changes[same].Count + 1 };
        }
        else
        {
            changes.Add(new OnnxLayerChange(layer, node.OpType, 1, isChanged, note));
        }
    }
}
