using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>A network loaded so that values inside it can be asked for.</summary>
internal static class OpenedGraph
{
    /// <summary>Opens a network.</summary>
    /// <param name="model">The network. It is not changed.</param>
    /// <param name="values">The values that become outputs.</param>
    /// <param name="optimize">Whether it is to run fast, or only to be looked at.</param>
    /// <returns>The session, and what the values' outputs are called.</returns>
    internal static (InferenceSession Session, IReadOnlyList<string> Names) Open(ModelProto model, IReadOnlyList<string> values, bool optimize)
    {
        ModelProto open = model.Clone();
        GraphProto graph = open.Graph;
        HashSet<string> inputs = [.. graph.Input.Select(input => input.Name)];
        HashSet<string> outputs = [.. graph.Output.Select(output => output.Name)];
        var names = new List<string>();
        foreach (string value in values)
        {
            string name = value;
            if (inputs.Contains(value))
            {
                // An input is no output by itself.
                name = $"{value}:measured";
                var copy = new NodeProto { OpType = "Identity", Name = name };
                copy.Input.Add(value);
                copy.Output.Add(name);
                graph.Node.Add(copy);
            }

            if (outputs.Add(name))
            {
                // ONNX Runtime infers type and shape where none are stated.
                graph.Output.Add(new ValueInfoProto { Name = name });
            }

            names.Add(name);
        }

        using SessionOptions options = OnnxRuntimeLibrary.CreateOptions();
        if (!optimize)
        {
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        }

        return (new InferenceSession(open.ToByteArray(), options), names);
    }

    /// <summary>Which values of a graph, constants included, are floats.</summary>
    internal static HashSet<string> FloatValues(ModelProto model)
    {
        GraphProto graph = model.Graph;
        using NativeWork.Scope work = NativeWork.Begin();
        string[] made = [.. graph.Node.SelectMany(node => node.Output).Where(name => name.Length > 0)];
        (InferenceSession session, _) = Open(model, made, optimize: false);
        using (session)
        {
            IReadOnlyDictionary<string, NodeMetadata> outputs = session.OutputMetadata;
            return
            [
                .. graph.Initializer.Where(Tensors.IsFloat).Select(tensor => tensor.Name),
                .. session.InputMetadata.Where(input => input.Value.IsTensor && input.Value.ElementType == typeof(float)).Select(input => input.Key),
                .. made.Where(name => outputs[name] is { IsTensor: true } value && value.ElementType == typeof(float)),
            ];
        }
    }
}
