namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// Reads the outline of a network from the bytes that ONNX Runtime will get. Whatever <c>onnx.proto</c> does not name is
/// refused, in messages of all levels: ONNX Runtime knows more fields, and tensors, graphs and paths may stand in them.
/// </summary>
internal static class GraphOutlineReader
{
    private const int MostDimensions = 64;

    private const string WithoutFiles = "its numbers are said to be outside the model. A network of this library holds all its numbers itself";

    /// <exception cref="RefusedModelException">It has something that networks of this library do not have.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX model, or damaged.</exception>
    internal static GraphOutline Read(ReadOnlySpan<byte> onnx, ModelFileLimits limits)
    {
        if (onnx.Length >= 8 && onnx.Slice(4, 4).SequenceEqual("ORTM"u8))
        {
            throw new RefusedModelException("it is, or may be taken for, a model in ONNX Runtime's own format");
        }

        GraphOutline? graph = null;
        long? version = null;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new WireReader(onnx, "ModelProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 or 5:
                    reader.SingleInteger();
                    break;
                case 2 or 3 or 4 or 6:
                    reader.SingleContent();
                    break;
                case 7:
                    graph = ReadGraph(reader.SingleContent());
                    break;
                case 8:
                    ReadOpset(reader.Content(), limits, ref version);
                    break;
                case 14:
                    ReadEntry(reader.Content(), metadata);
                    break;
                default:
                    throw reader.Unknown((20, "training_info"), (25, "functions"));
            }
        }

        if (graph is null)
        {
            throw new InvalidDataException("it has no graph");
        }

        graph.Metadata = metadata;
        graph.OpsetVersion = version ?? throw new InvalidDataException("it names no version of ONNX's operators");
        return graph;
    }

    private static void ReadOpset(ReadOnlySpan<byte> content, ModelFileLimits limits, ref long? version)
    {
        string domain = "";
        long number = 0;
        var reader = new WireReader(content, "OperatorSetIdProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    domain = reader.SingleText();
                    break;
                case 2:
                    number = reader.SingleInteger();
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        if (domain is not ("" or "ai.onnx"))
        {
            OperatorRules.CheckDomain(domain, limits);
        }
        else if (version is null)
        {
            version = number;
        }
        else
        {
            throw new InvalidDataException("it names the version of ONNX's operators twice");
        }
    }

    internal static void ReadEntry(ReadOnlySpan<byte> content, Dictionary<string, string> metadata)
    {
        (string key, string value) = ("", "");
        var reader = new WireReader(content, "StringStringEntryProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    key = reader.SingleText();
                    break;
                case 2:
                    value = reader.SingleText();
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        metadata[key] = value;
    }

    private static GraphOutline ReadGraph(ReadOnlySpan<byte> content)
    {
        var graph = new GraphOutline();
        var reader = new WireReader(content, "GraphProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(ReadNode(reader.Content()));
                    break;
                case 2 or 10:
                    reader.SingleContent();
                    break;
                case 5:
                    graph.Initializers.Add(ReadTensor(reader.Content()));
                    break;
                case 11:
                    graph.Inputs.Add(ReadValue(reader.Content()));
                    break;
                case 12:
                    graph.Outputs.Add(ReadValue(reader.Content()));
                    break;
                default:
                    throw reader.Unknown((13, "value_info"), (14, "quantization_annotation"), (15, "sparse_initializer"), (16, "metadata_props"));
            }
        }

        return graph;
    }

    private static NodeOutline ReadNode(ReadOnlySpan<byte> content)
    {
        var node = new NodeOutline();
        var reader = new WireReader(content, "NodeProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    node.Inputs.Add(reader.Text());
                    break;
                case 2:
                    node.Outputs.Add(reader.Text());
                    break;
                case 3:
                    node.Name = reader.SingleText();
                    break;
                case 4:
                    node.OpType = reader.SingleText();
                    break;
                case 5:
                    node.Attributes.Add(ReadAttribute(reader.Content(), node));
                    break;
                case 7:
                    node.Domain = reader.SingleText();
                    break;
                default:
                    throw reader.Unknown((6, "doc_string"), (8, "overload, a function"), (9, "metadata_props"), (10, "device_configurations"));
            }
        }

        return node;
    }

    private static AttributeOutline ReadAttribute(ReadOnlySpan<byte> content, NodeOutline node)
    {
        var attribute = new AttributeOutline();
        long[] integers = [];
        var reader = new WireReader(content, "AttributeProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    attribute.Name = reader.SingleText();
                    break;
                case 2:
                    reader.Once();
                    attribute.Number = reader.Float();
                    break;
                case 3:
                    attribute.Integer = reader.SingleInteger();
                    break;
                case 4:
                    attribute.Text = reader.SingleText();
                    break;
                case 5:
                    attribute.Tensor = ReadTensor(reader.SingleContent());
                    break;
                case 6 or 11:
                    throw new RefusedModelException($"the node {node} holds a graph of its own. Control flow is not run from model zips");
                case 7:
                    ReadFloats(ref reader, attribute);
                    break;
                case 8:
                    reader.Integers(ref integers);
                    break;
                case 9:
                    reader.Content();
                    attribute.TextCount++;
                    break;
                case 20:
                    reader.SingleInteger();
                    break;
                default:
                    throw reader.Unknown((10, "tensors"), (13, "doc_string"), (14, "tp, a type"), (15, "type_protos"), (21, "ref_attr_name, a function's attribute"), (22, "sparse_tensor"), (23, "sparse_tensors"));
            }
        }

        attribute.Integers = integers;
        return node.Find(attribute.Name) is null && node.Attributes.Count < NodeOutline.MostAttributes
            ? attribute
            : throw new InvalidDataException($"the node {node} has the attribute '{attribute.Name}' twice, or more than {NodeOutline.MostAttributes}");
    }

    private static void ReadFloats(ref WireReader reader, AttributeOutline attribute)
    {
        if (reader.WireType != WireReader.Bytes)
        {
            // As many as are worth while to know one by one.
            float number = reader.Float();
            attribute.Numbers = attribute.Numbers.Length < TensorOutline.MostNumbers ? [.. attribute.Numbers, number]
                : throw reader.Damaged($"has more than {TensorOutline.MostNumbers} numbers one by one in field 7");
            return;
        }

        ReadOnlySpan<byte> packed = reader.Content();
        if (packed.Length % sizeof(float) != 0)
        {
            throw reader.Damaged("has a broken number in field 7");
        }

        attribute.Numbers = [.. attribute.Numbers, .. ElementTypes.Numbers(ElementTypes.Float, packed, packed.Length / sizeof(float))!];
    }

    private static TensorOutline ReadTensor(ReadOnlySpan<byte> content)
    {
        var tensor = new TensorOutline();
        ReadOnlySpan<byte> raw = default;
        bool hasRaw = false;
        int floats = 0, doubles = 0;
        long[] dimensions = [];
        var reader = new WireReader(content, "TensorProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Integers(ref dimensions);
                    break;
                case 2:
                    long type = reader.SingleInteger();
                    tensor.Type = type is > 0 and < 100 ? (int)type : 0;
                    break;
                case 4:
                    floats += reader.Count(4);
                    break;
                case 8:
                    tensor.Name = reader.SingleText();
                    break;
                case 9:
                    raw = reader.SingleContent();
                    hasRaw = true;
                    break;
                case 10:
                    doubles += reader.Count(8);
                    break;
                case 13:
                    throw new RefusedModelException($"a tensor has external_data: {WithoutFiles}");
                case 14:
                    if (reader.SingleInteger() != 0)
                    {
                        throw new RefusedModelException($"a tensor has the data_location EXTERNAL: {WithoutFiles}");
                    }

                    break;
                default:
                    throw reader.Unknown((3, "segment"), (5, "int32_data"), (6, "string_data"), (7, "int64_data"), (11, "uint64_data"), (12, "doc_string"), (16, "metadata_props"));
            }
        }

        tensor.Dimensions = dimensions;
        CheckLength(tensor, raw.Length, hasRaw, floats, doubles);
        return tensor.Numbers is null || !hasRaw ? tensor : WithNumbers(tensor, raw);
    }

    /// <summary>Refuses a tensor that has other numbers than its shape says, before anything is allocated for it.</summary>
    private static void CheckLength(TensorOutline tensor, int rawLength, bool hasRaw, int floats, int doubles)
    {
        int size = ElementTypes.StoredSize(tensor.Type)
            ?? throw new RefusedModelException($"the tensor '{tensor.Name}' has elements of the type {tensor.Type}, which a network of this library never has");
        long count = Count(tensor.Dimensions)
            ?? throw new InvalidDataException($"the tensor '{tensor.Name}' has the impossible shape [{string.Join(", ", tensor.Dimensions)}]");
        long found = hasRaw ? rawLength : (floats * 4L) + (doubles * 8L);
        bool isOfOneKind = (hasRaw ? 1 : 0) + (floats > 0 ? 1 : 0) + (doubles > 0 ? 1 : 0) <= 1
            && (floats == 0 || tensor.Type == ElementTypes.Float) && (doubles == 0 || size == 8);
        if (!isOfOneKind || found != count * size)
        {
            throw new InvalidDataException(
                $"the tensor '{tensor.Name}' has {found} bytes of numbers where its shape [{string.Join(", ", tensor.Dimensions)}] needs {count * size}");
        }

        if (count <= TensorOutline.MostNumbers && hasRaw)
        {
            tensor.Numbers = [];
        }
    }

    private static TensorOutline WithNumbers(TensorOutline tensor, ReadOnlySpan<byte> raw)
    {
        tensor.Numbers = ElementTypes.Numbers(tensor.Type, raw, raw.Length / ElementTypes.StoredSize(tensor.Type)!.Value);
        return tensor;
    }

    private static long? Count(long[] dimensions)
    {
        long count = 1;
        foreach (long dimension in dimensions)
        {
            if (dimension is < 0 or > int.MaxValue || (count *= dimension) > int.MaxValue)
            {
                return null;
            }
        }

        return dimensions.Length <= MostDimensions ? count : null;
    }

    private static ValueOutline ReadValue(ReadOnlySpan<byte> content)
    {
        var value = new ValueOutline();
        var reader = new WireReader(content, "ValueInfoProto");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    value.Name = reader.SingleText();
                    break;
                case 2:
                    ReadType(reader.SingleContent(), value);
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        return value;
    }

    private static void ReadType(ReadOnlySpan<byte> content, ValueOutline value)
    {
        var reader = new WireReader(content, "TypeProto");
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                throw reader.Unknown((4, "sequence_type"), (5, "map_type"), (8, "sparse_tensor_type"), (9, "optional_type"));
            }

            var tensor = new WireReader(reader.SingleContent(), "TypeProto.Tensor");
            while (tensor.Next())
            {
                switch (tensor.Field)
                {
                    case 1:
                        value.Type = (int)Math.Clamp(tensor.SingleInteger(), 0, 100);
                        break;
                    case 2:
                        ReadShape(tensor.SingleContent(), value);
                        break;
                    default:
                        throw tensor.Unknown();
                }
            }
        }
    }

    private static void ReadShape(ReadOnlySpan<byte> content, ValueOutline value)
    {
        var reader = new WireReader(content, "TensorShapeProto");
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                throw reader.Unknown();
            }

            long? dimension = null;
            var inner = new WireReader(reader.Content(), "TensorShapeProto.Dimension");
            while (inner.Next())
            {
                switch (inner.Field)
                {
                    case 1:
                        dimension = dimension is null ? inner.SingleInteger() : throw inner.Damaged("has both a size and a name");
                        break;
                    case 2:
                        inner.SingleContent();
                        dimension = dimension is null ? -1 : throw inner.Damaged("has both a size and a name");
                        break;
                    default:
                        throw inner.Unknown();
                }
            }

            long[] dimensions = value.Dimensions;
            if (dimensions.Length >= MostDimensions)
            {
                throw new InvalidDataException($"'{value.Name}' has more than {MostDimensions} dimensions");
            }

            value.Dimensions = new long[dimensions.Length + 1];
            dimensions.CopyTo(value.Dimensions, 0);
            value.Dimensions[^1] = dimension is > 0 ? dimension.Value : -1;
        }
    }
}
