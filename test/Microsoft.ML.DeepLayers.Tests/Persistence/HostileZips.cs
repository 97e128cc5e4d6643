using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>Model zips as an attacker would write them: whole, with true checksums.</summary>
internal static class HostileZips
{
    internal const string Folder = "TransformerChain/Transform_000/";

    /// <summary>ML.NET's own header at the beginning of Model.key; our part begins behind it.</summary>
    private const int HeaderSize = 256;

    /// <summary>A zip that loads: a linear regression of two features.</summary>
    internal static byte[] Good { get; } = Save();

    /// <summary>Puts other content into a part of a zip, and its length and checksum into the header.</summary>
    internal static byte[] Replace(string part, byte[] content)
    {
        byte[] zip = ModelZips.Change(Good, Folder + part, _ => content);
        return Describe(zip, description => description with
        {
            Parts = [.. description.Parts.Select(known => known.Entry == part ? NetworkPart.Of(part, content) : known)],
        });
    }

    /// <summary>Changes the header's description to one of the same length.</summary>
    internal static byte[] Describe(byte[] zip, Func<NetworkDescription, NetworkDescription> change) => DescribeBytes(zip, bytes => change(NetworkDescription.Read(bytes)).Write());

    /// <summary>Changes the bytes of the header's description, but not their number.</summary>
    internal static byte[] DescribeBytes(byte[] zip, Func<byte[], byte[]> change) => ModelZips.Change(zip, $"{Folder}Model.key", key =>
    {
        int length = BitConverter.ToInt32(key, HeaderSize);
        byte[] description = change(key[(HeaderSize + 36)..(HeaderSize + 36 + length)]);
        Assert.HasCount(length, description, "ML.NET's header knows how long it is.");
        SHA256.HashData(description).CopyTo(key, HeaderSize + 4);
        description.CopyTo(key, HeaderSize + 36);
        return key;
    });

    /// <summary>The zip with another ONNX model.</summary>
    internal static byte[] WithOnnx(byte[] onnx) => Replace("Model.onnx", onnx);

    /// <summary>The zip with its ONNX model changed.</summary>
    internal static byte[] Edit(Action<ModelProto> change)
    {
        ModelProto model = GoodModel();
        change(model);
        return WithOnnx(model.ToByteArray());
    }

    /// <summary>The zip's ONNX model.</summary>
    internal static ModelProto GoodModel() => ModelProto.Parser.ParseFrom(ModelZips.Entries(Good)[$"{Folder}Model.onnx"]);

    /// <summary>The message with a field that its class does not name: protobuf keeps it.</summary>
    internal static T WithField<T>(this T message, int field, params byte[] content)
        where T : class, IMessage<T>, new() => new MessageParser<T>(() => new T()).ParseFrom([.. message.ToByteArray(), .. Field(field, content)]);

    /// <summary>A field of bytes, as it is written.</summary>
    internal static byte[] Field(int field, params byte[] content)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return stream.ToArray();
    }

    /// <summary>Puts nodes behind the features, whose last value is added to the score.</summary>
    internal static byte[] WithNodes(Func<GraphProto, string> add) => Edit(model =>
    {
        GraphProto graph = model.Graph;
        NodeProto last = graph.Node[^1];
        graph.Node.RemoveAt(graph.Node.Count - 1);
        string made = add(graph);
        Add(graph, "ReduceMax", "largest", [made]).Attribute.Add(Ints("keepdims", 0));
        Add(graph, "Add", "sum", [last.Input[0], "largest"]);
        last.Input[0] = "sum";
        graph.Node.Add(last);
    });

    internal static NodeProto Add(GraphProto graph, string operation, string output, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        graph.Node.Add(node);
        return node;
    }

    internal static string Int64s(GraphProto graph, string name, params long[] values)
    {
        graph.Initializer.Add(Int64s(name, values));
        return name;
    }

    internal static TensorProto Int64s(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64, RawData = ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]) };
        tensor.Dims.Add(values.Length);
        return tensor;
    }

    internal static string Floats(GraphProto graph, string name, long[] dimensions, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]) };
        tensor.Dims.AddRange(dimensions);
        graph.Initializer.Add(tensor);
        return name;
    }

    internal static AttributeProto Ints(string name, params long[] values)
    {
        AttributeProto attribute = values.Length == 1
            ? new AttributeProto { Name = name, I = values[0], Type = AttributeProto.Types.AttributeType.Int }
            : new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.Length == 1 ? [] : values);
        return attribute;
    }

    private static byte[] Save()
    {
        var ml = new MLContext(seed: 1);
        var chain = new TransformerChain<ITransformer>(new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 2])));
        return ModelZips.Save(ml, chain, TestData.Numbered(ml, 1).Schema);
    }
}
