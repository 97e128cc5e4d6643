using Microsoft.ML.DeepLayers.Onnx.Proto;
using DataType = Microsoft.ML.DeepLayers.Onnx.Proto.TensorProto.Types.DataType;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Has a graph compute in float16 where <see cref="HalfNodes"/> says so. A value keeps its name in float32 and is called
/// <c>name:float16</c> in float16; where a node reads the other one than was made, there is a Cast. So inputs, outputs and
/// whatever graphs inside operators read remain float32.
/// </summary>
internal sealed class Float16Conversion
{
    private readonly GraphProto graph;
    private readonly GraphIndex index;
    private readonly HashSet<string> floats;
    private readonly HalfNodes half;
    private readonly NodeWriter writer;
    private readonly HashSet<string> written = [];

    internal Float16Conversion(ModelProto model, KeptLayers kept)
    {
        graph = model.Graph;
        index = new GraphIndex(graph);
        floats = OpenedGraph.FloatValues(model);
        half = new HalfNodes(index, floats, kept);
        writer = new NodeWriter(graph);
    }

    internal void Apply(KeptLayers kept, LayerChanges changes)
    {
        HashSet<string> needed = [.. graph.Output.Select(output => output.Name), .. graph.Node.Where(node => !half.Contain(node)).SelectMany(GraphIndex.Reads)];
        foreach (NodeProto node in graph.Node.ToArray())
        {
            if (half.IsReported(node))
            {
                Report(node, kept, changes);
            }

            if (half.Contain(node))
            {
                WriteHalf(node, needed);
            }
            else
            {
                WriteFloat(node, storesHalf: HalfNodes.IsRecurrent(node) && !kept.Contain(node));
            }
        }

        writer.Finish();
    }

    private static string Half(string value) => $"{value}:float16";

    private void WriteHalf(NodeProto node, HashSet<string> needed)
    {
        for (int i = 0; i < node.Input.Count; i++)
        {
            string input = node.Input[i];
            if (floats.Contains(input))
            {
                node.Input[i] = ReadHalf(input);
            }
        }

        var casts = new List<string>();
        for (int i = 0; i < node.Output.Count; i++)
        {
            string output = node.Output[i];
            if (floats.Contains(output))
            {
                node.Output[i] = Half(output);
                written.Add(Half(output));
                casts.Add(output);
            }
        }

        writer.Add(node);
        foreach (string output in casts.Where(needed.Contains))
        {
            Cast(Half(output), output, DataType.Float);
        }
    }

    /// <summary>Keeps a node; its constants are float16 where others read them so, or where they are large and only weigh.</summary>
    private void WriteFloat(NodeProto node, bool storesHalf)
    {
        for (int i = 0; i < node.Input.Count; i++)
        {
            string input = node.Input[i];
            if (index.Initializers.TryGetValue(input, out TensorProto? tensor) && Tensors.IsFloat(tensor)
                && (storesHalf || index.Consumers(input).Any(half.Contain)))
            {
                string back = $"{input}:float32";
                if (written.Add(back))
                {
                    Cast(ReadHalf(input), back, DataType.Float);
                }

                node.Input[i] = back;
            }
        }

        writer.Add(node);
    }

    private string ReadHalf(string value)
    {
        string name = Half(value);
        if (written.Add(name))
        {
            if (index.Initializers.TryGetValue(value, out TensorProto? tensor))
            {
                writer.Constant(Tensors.ToHalf(tensor, name));
            }
            else
            {
                Cast(value, name, DataType.Float16);
            }
        }

        return name;
    }

    private void Cast(string from, string to, DataType type) => writer.Add("Cast", to, [from], [NodeWriter.Int("to", (long)type)]);

    private void Report(NodeProto node, KeptLayers kept, LayerChanges changes)
    {
        if (half.Contain(node))
        {
            changes.Changed(node, "float16");
        }
        else
        {
            changes.Kept(node, kept.Contain(node) ? LayerChanges.KeptByOptions
                : HalfNodes.IsRecurrent(node) ? "its weights are stored in float16, but ONNX Runtime's CPU computes it in float32 only"
                : "what it multiplies is float32");
        }
    }
}
