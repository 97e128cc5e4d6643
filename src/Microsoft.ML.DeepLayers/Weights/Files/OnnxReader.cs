using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Inspection;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Reads the weights of an ONNX model as a PyTorch <c>state_dict</c>, which most models once were: those of convolutions,
/// dense layers and normalizations in PyTorch's forms, in the order of the graph. Exporters rename and rearrange some; what
/// is left of names, in initializers, biases and nodes, is put together again. A layer without any is called
/// <c>onnx::Conv_7</c>. A model that this library wrote keeps its names.
/// </summary>
internal sealed class OnnxReader
{
    /// <summary>What a layer begins with that no name is left of.</summary>
    internal const string Unnamed = "onnx::";

    /// <summary>The metadata that tells such weights from those of other files.</summary>
    internal const string FormatKey = "format";

    internal const string Format = "ONNX";

    private readonly GraphProto graph;
    private readonly string folder;
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
    private readonly ILookup<string, NodeProto> consumers;

    /// <summary>Values that are an initializer under another name, or turned over.</summary>
    private readonly Dictionary<string, (string Initializer, bool Transposed)> aliases = new(StringComparer.Ordinal);

    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (WeightTensor Tensor, string Source)> tensors = new(StringComparer.Ordinal);
    private readonly List<WeightTensor> ordered = [];
    private int count;

    private OnnxReader(GraphProto graph, string folder)
    {
        this.graph = graph;
        this.folder = folder;
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (!initializers.TryAdd(tensor.Name, tensor))
            {
                throw new InvalidDataException($"it has the tensor '{tensor.Name}' twice");
            }
        }

        consumers = graph.Node.SelectMany(node => node.Input.Select(input => (input, node))).ToLookup(item => item.input, item => item.node, StringComparer.Ordinal);
    }

    internal static NetworkWeights Read(string path, ModelFileLimits limits)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(limits);
        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            ForeignModelInspection.Inspect(bytes, limits);
            ModelProto model = ModelProto.Parser.ParseFrom(bytes);
            if (model.Graph is null)
            {
                throw new InvalidDataException("it has no graph");
            }

            if (model.Graph.Initializer.Any(tensor => tensor.Name.Length == 0))
            {
                throw new InvalidDataException("it has a tensor without a name");
            }

            var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [FormatKey] = Format };
            return model.ProducerName == OnnxExporter.Producer
                ? new NetworkWeights(ReadOwn(model), metadata)
                : new NetworkWeights(new OnnxReader(model.Graph, Path.GetDirectoryName(Path.GetFullPath(path))!).Run(), metadata);
        }
        catch (RefusedModelException exception)
        {
            throw new FormatException($"'{path}' is not read, because {exception.Message}.", exception);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException or InvalidOperationException or EndOfStreamException or OverflowException)
        {
            throw new FormatException($"'{path}' is no ONNX model whose weights can be read, or damaged: {exception.Message}.", exception);
        }
    }

    /// <summary>The weights of a model of this library under their full names; constants of the exporter are left out.</summary>
    private static IEnumerable<WeightTensor> ReadOwn(ModelProto model)
    {
        TensorProto[] tensors = [.. model.Graph.Initializer.Where(tensor => !OnnxGraphBuilder.IsConstant(tensor.Name))];
        if (Array.Exists(tensors, tensor => tensor.Name.Length == 0))
        {
            throw new InvalidDataException("it has a tensor without a name");
        }

        return tensors.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InvalidDataException($"it has the weight '{twice.Key}' twice")
            : tensors.Select(tensor => WeightTensor.Over(tensor.Name, OnnxTensors.ShapeOf(tensor), OnnxTensors.Values(tensor, folder: null)));
    }

    private List<WeightTensor> Run()
    {
        foreach (NodeProto node in graph.Node.Where(node => node.Domain is "" or "ai.onnx"))
        {
            Read(node);
        }

        // Parameters that no layer of a known kind takes: tokens, positions, scales, parts of normalizations.
        foreach (TensorProto tensor in graph.Initializer.Where(tensor => !used.Contains(tensor.Name) && IsNamed(tensor.Name) && OnnxTensors.FormatOf(tensor) is not null && tensor.Dims.Count > 0))
        {
            Add(tensor.Name, tensor.Name, transposed: false);
        }

        return ordered.Any(tensor => tensor.Shape.Rank > 1)
            ? ordered
            : throw new InvalidDataException("it has no matrices or kernels of floats. Models of 8 bits have to be exported again, as floats");
    }

    private void Read(NodeProto node)
    {
        if (node.Output.Count == 0)
        {
            throw new InvalidDataException($"its node '{node.Name}' ({node.OpType}) has no outputs");
        }

        switch (node.OpType)
        {
            case "Constant" when node.Output is [{ Length: > 0 }] && node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T is { } constant:
                constant.Name = node.Output[0];
                initializers.TryAdd(node.Output[0], constant);
                break;
            case "Identity" when Find(node, 0) is { } same:
                aliases[node.Output[0]] = same;
                break;
            case "Transpose" when Find(node, 0) is { } turned && initializers[turned.Initializer].Dims.Count == 2:
                aliases[node.Output[0]] = (turned.Initializer, !turned.Transposed);
                break;
            case "Conv":
                AddLayer(node, ("weight", Find(node, 1)), ("bias", Find(node, 2)));
                break;
            case "Gemm" when Integer(node, "transA") == 0:
                AddLayer(node, ("weight", Turned(Find(node, 1), Integer(node, "transB") == 0)), ("bias", Find(node, 2)));
                break;
            case "MatMul" when Find(node, 1) is { } matrix && initializers[matrix.Initializer].Dims.Count == 2:
                AddLayer(node, ("weight", Turned(matrix, true)), ("bias", BiasBehind(node)));
                break;
            case "BatchNormalization":
                AddLayer(node, ("weight", Find(node, 1)), ("bias", Find(node, 2)), ("running_mean", Find(node, 3)), ("running_var", Find(node, 4)));
                break;
            case "LayerNormalization":
                AddLayer(node, ("weight", Find(node, 1)), ("bias", Find(node, 2)));
                break;
        }
    }

    /// <summary>The bias that is added to a product, where nothing else is done with it.</summary>
    private (string Initializer, bool Transposed)? BiasBehind(NodeProto product) =>
        consumers[product.Output[0]].ToArray() is [{ OpType: "Add" } sum]
        && (Find(sum, 0) ?? Find(sum, 1)) is { } bias && initializers[bias.Initializer].Dims.Count == 1
            ? bias
            : null;

    private (string Initializer, bool Transposed)? Find(NodeProto node, int input) =>
        input >= node.Input.Count ? null
        : aliases.TryGetValue(node.Input[input], out (string, bool) alias) ? alias
        : initializers.TryGetValue(node.Input[input], out TensorProto? tensor) && OnnxTensors.FormatOf(tensor) is not null ? (node.Input[input], false)
        : null;

    private static (string Initializer, bool Transposed)? Turned((string Initializer, bool Transposed)? found, bool isTurned) =>
        found is { } value ? (value.Initializer, value.Transposed != isTurned) : null;

    private static long Integer(NodeProto node, string attribute) => node.Attribute.FirstOrDefault(item => item.Name == attribute)?.I ?? 0;

    private void AddLayer(NodeProto node, params (string Name, (string Initializer, bool Transposed)? Found)[] parts)
    {
        (string Name, string Initializer, bool Transposed)[] found = [.. parts.Where(part => part.Found is not null).Select(part => (part.Name, part.Found!.Value.Initializer, part.Found.Value.Transposed))];
        if (found.Length == 0)
        {
            return;
        }

        string layer = found.Select(part => LayerOf(part.Initializer, part.Name)).FirstOrDefault(name => name is not null)
            ?? ScopeOf(node) ?? $"{Unnamed}{node.OpType}_{count}";
        if (Array.Exists(found, part => tensors.ContainsKey($"{layer}.{part.Name}")))
        {
            if (Array.TrueForAll(found, part => tensors.TryGetValue($"{layer}.{part.Name}", out (WeightTensor, string Source) known) && known.Source == part.Initializer))
            {
                // The same layer once more.
                return;
            }

            layer = $"{Unnamed}{node.OpType}_{count}";
        }

        count++;
        foreach ((string name, string initializer, bool transposed) in found)
        {
            Add($"{layer}.{name}", initializer, transposed);
        }
    }

    private void Add(string name, string initializer, bool transposed)
    {
        TensorProto tensor = initializers[initializer];
        Shape shape = OnnxTensors.ShapeOf(tensor);
        if (transposed && shape.Rank != 2)
        {
            throw new InvalidDataException($"tensor '{tensor.Name}' of the shape {shape} is multiplied as a matrix");
        }

        float[] values = OnnxTensors.Values(tensor, folder);
        if (transposed)
        {
            (int rows, int columns) = (shape[0], shape[1]);
            float[] turned = new float[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                turned[(i % columns * rows) + (i / columns)] = values[i];
            }

            (shape, values) = (new Shape(columns, rows), turned);
        }

        used.Add(initializer);
        var weight = WeightTensor.Over(name, shape, values);
        if (tensors.TryAdd(name, (weight, initializer)))
        {
            ordered.Add(weight);
        }
    }

    /// <summary>The layer that an initializer's name tells, where the exporter has kept it.</summary>
    private static string? LayerOf(string initializer, string part) =>
        IsNamed(initializer) && initializer.EndsWith($".{part}", StringComparison.Ordinal) ? initializer[..^(part.Length + 1)] : null;

    /// <summary>Exporters give names with colons to what they made themselves, and with slashes to what nodes give.</summary>
    private static bool IsNamed(string name) => name.Length > 0 && name.AsSpan().IndexOfAny(':', '/') < 0;

    /// <summary>
    /// The module that a node's name tells, as PyTorch's exporter writes it: <c>/layer1/layer1.0/conv1/Conv</c> is
    /// <c>layer1.0.conv1</c>. The children of a list repeat its name.
    /// </summary>
    internal static string? ScopeOf(NodeProto node)
    {
        string[] parts = node.Name.Split('/');
        if (parts.Length < 3 || parts[0].Length > 0 || !parts[^1].StartsWith(node.OpType, StringComparison.Ordinal) || Array.Exists(parts[1..], part => part.Length == 0))
        {
            return null;
        }

        (string above, string last) = ("", "");
        foreach (string part in parts[1..^1])
        {
            if (last.Length > 0 && !part.StartsWith($"{last}.", StringComparison.Ordinal))
            {
                above = $"{above}{last}.";
            }

            last = part;
        }

        return above + last;
    }
}
