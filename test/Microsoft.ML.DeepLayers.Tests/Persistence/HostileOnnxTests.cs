using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Tests.Scoring;
using static Microsoft.ML.DeepLayers.Tests.Persistence.HostileZips;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>Everything by which the ONNX model of a zip could read files, run more than a network, or hide something.</summary>
[TestClass]
public sealed class HostileOnnxTests
{
    /// <summary>A tensor whose numbers are in a file, as bytes.</summary>
    private static readonly byte[] External = ExternalTensor("appsettings.json").ToByteArray();

    private static readonly Dictionary<string, (Func<byte[]> Onnx, string Why)> Doors = new()
    {
        ["initializer in a file"] = (() => Edited(model => model.Graph.Initializer.Add(ExternalTensor("appsettings.json"))), "external_data"),
        ["weight in a file"] = (() => Edited(model => MakeExternal(model.Graph.Initializer[0])), "external_data"),
        ["weight in memory"] = (() => Edited(model => model.Graph.Initializer.Add(ExternalTensor("*/_ORT_MEM_ADDR_/*"))), "external_data"),
        ["location without a file"] = (() => Edited(model => model.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External), "data_location"),
        ["location beyond 32 bits"] = (() => EditedTensor(tensor => [.. tensor, 0x70, 0x81, 0x80, 0x80, 0x80, 0x10]), "data_location"),
        ["file without a location"] = (() => EditedTensor(tensor => [.. tensor, .. Field(13)]), "external_data"),
        ["location twice"] = (() => EditedTensor(tensor => [.. tensor, 0x70, 0, 0x70, 1]), "twice"),
        ["attribute's tensor"] = (() => EditedAttribute(new AttributeProto { Name = "value", T = ExternalTensor("appsettings.json") }), "external_data"),
        ["attribute's tensors"] = (() => EditedAttribute(new AttributeProto { Name = "values" }.WithField(10, External)), "tensors"),
        ["attribute's sparse tensor"] = (() => EditedAttribute(new AttributeProto { Name = "value" }.WithField(22, Field(1, External))), "sparse_tensor"),
        ["attribute's sparse tensors"] = (() => EditedAttribute(new AttributeProto { Name = "value" }.WithField(23, Field(1, External))), "sparse_tensors"),
        ["attribute's graph"] = (() => EditedAttribute(new AttributeProto { Name = "body", G = new GraphProto { Initializer = { ExternalTensor("appsettings.json") } } }), "graph of its own"),
        ["attribute's graphs"] = (() => EditedAttribute(new AttributeProto { Name = "bodies", Graphs = { new GraphProto() } }), "graph of its own"),
        ["attribute of a function"] = (() => EditedAttribute(new AttributeProto { Name = "axis" }.WithField(21, [.. "x"u8])), "ref_attr_name"),
        ["sparse initializer"] = (() => EditedGraph(graph => graph.WithField(15, Field(1, External))), "sparse_initializer"),
        ["annotation"] = (() => EditedGraph(graph => graph.WithField(14, Field(1, [.. "x"u8]))), "quantization_annotation"),
        ["value_info"] = (() => EditedGraph(graph => graph.WithField(13, Field(1, [.. "x"u8]))), "value_info"),
        ["unknown field of a graph"] = (() => EditedGraph(graph => graph.WithField(99, 1)), "field 99"),
        ["training graph"] = (() => GoodModel().WithField(20, Field(1, Field(5, External))).ToByteArray(), "training_info"),
        ["function"] = (() => GoodModel().WithField(25, Field(1, [.. "f"u8])).ToByteArray(), "functions"),
        ["unknown field of a model"] = (() => GoodModel().WithField(1000, 1).ToByteArray(), "field 1000"),
        ["unknown field of a shape"] = (() => Edited(model => model.Graph.Input[0].Type.TensorType.Shape.Dim[1] = model.Graph.Input[0].Type.TensorType.Shape.Dim[1].WithField(3, 1)), "field 3"),
        ["unknown field of metadata"] = (() => Edited(model => model.MetadataProps.Add(new StringStringEntryProto { Key = "a" }.WithField(3, 1))), "field 3"),
        ["unknown field of an operator set"] = (() => Edited(model => model.OpsetImport[0] = model.OpsetImport[0].WithField(3, 1)), "field 3"),
        ["sequence as input"] = (() => Edited(model => model.Graph.Input[0].Type = new TypeProto().WithField(4, [])), "sequence_type"),
        ["texts"] = (() => EditedTensor(tensor => [.. tensor, .. Field(6, [.. "x"u8])]), "string_data"),
        ["integers beside raw bytes"] = (() => EditedTensor(tensor => [.. tensor, .. Field(7, 1)]), "int64_data"),
        ["overload of a function"] = (() => Edited(model => model.Graph.Node[0] = model.Graph.Node[0].WithField(8, [.. "f"u8])), "overload"),
        ["If"] = (() => Edited(model => model.Graph.Node[0].OpType = "If"), "Control flow"),
        ["Loop"] = (() => Edited(model => model.Graph.Node[0].OpType = "Loop"), "Control flow"),
        ["Scan"] = (() => Edited(model => (model.Graph.Node[0].OpType, model.Graph.Node[0].Domain) = ("Scan", "ai.onnx")), "Control flow"),
        ["SequenceMap"] = (() => Edited(model => model.Graph.Node[0].OpType = "SequenceMap"), "Control flow"),
        ["ONNX Runtime's domain"] = (() => Edited(model => model.Graph.Node[0].Domain = "com.microsoft"), "'com.microsoft'"),
        ["classical operators"] = (() => Edited(model => model.Graph.Node[0].Domain = "ai.onnx.ml"), "AllowedOperatorDomains"),
        ["import of another domain"] = (() => Edited(model => model.OpsetImport.Add(new OperatorSetIdProto { Domain = "mine", Version = 1 })), "'mine'"),
        ["other version of the operators"] = (() => Edited(model => model.OpsetImport[0].Version = 9), "version 9"),
        ["two versions of the operators"] = (() => Edited(model => model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 9 })), "twice"),
        ["two graphs"] = (() => [.. GoodModel().ToByteArray(), .. Field(7, Field(5, External))], "twice"),
        ["two equal names"] = (() => Edited(model => model.Graph.Initializer.Add(model.Graph.Initializer[0])), "two values"),
        ["two values under one name"] = (() => Edited(model => model.Graph.Node[1].Output[0] = model.Graph.Node[0].Output[0]), "two values"),
        ["constant that is an input"] = (() => Edited(model => model.Graph.Input.Add(new ValueInfoProto { Name = model.Graph.Initializer[0].Name, Type = model.Graph.Input[0].Type })), "two values"),
        ["circle"] = (() => Edited(model => model.Graph.Node[0].Input[0] = model.Graph.Node[1].Output[0]), "is not made before it"),
        ["node without outputs"] = (() => Edited(model => model.Graph.Node[0].Output.Clear()), "no outputs"),
        ["ONNX Runtime's own format"] = (() => [0x08, 0x08, 0x12, 0x04, .. "ORTM"u8, .. GoodModel().ToByteArray()[2..]], "own format"),
        ["no graph"] = (() => [0x08, 0x08], "no graph"),
        ["fewer numbers than the shape"] = (() => Edited(model => model.Graph.Initializer[0].Dims[0] = 3), "needs 12"),
        ["impossible shape"] = (() => Edited(model => model.Graph.Initializer[0].Dims[0] = long.MaxValue), "impossible shape"),
        ["negative shape"] = (() => Edited(model => model.Graph.Initializer[0].Dims[0] = -2), "impossible shape"),
        ["elements that no network has"] = (() => Edited(model => model.Graph.Initializer[0].DataType = 8), "type 8"),
        ["group"] = (() => [.. GoodModel().ToByteArray(), 0x23, 0x24], "wire type"),
        ["cut off"] = (() => GoodModel().ToByteArray()[..^1], "ends within"),
        ["name that is no text"] = (() => [.. GoodModel().ToByteArray(), 0x12, 0x05], "ends within"),
    };

    internal static IEnumerable<string> Names => Doors.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_zip_that_opens_a_door_is_refused_when_it_is_loaded(string door)
    {
        (Func<byte[]> onnx, string why) = Doors[door];
        FormatException failure = Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(WithOnnx(onnx())));
        StringAssert.Contains(failure.Message, why);
        StringAssert.Contains(failure.Message, "Model.onnx");
    }

    [TestMethod]
    public void The_weights_of_a_network_for_libtorch_are_looked_at_alike()
    {
        ModelProto model = GoodModel();
        model.Graph.Node.Clear();
        model.Graph.Output.Clear();
        MakeExternal(model.Graph.Initializer[0]);
        var ml = new MLContext(seed: 1);
        var network = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 2]) with { NeedsLibTorch = true, Onnx = model.ToByteArray() });
        byte[] zip = ModelZips.Save(ml, network, TestData.Numbered(ml, 1).Schema);
        StringAssert.Contains(ModelZips.LoadFailure(zip).Message, "Model.weights");
        StringAssert.Contains(ModelZips.LoadFailure(zip).Message, "external_data");
    }

    [TestMethod]
    public void A_constant_node_and_an_operator_that_no_layer_writes_stay_allowed()
    {
        byte[] zip = WithNodes(graph =>
        {
            Add(graph, "Constant", "axes", [], new AttributeProto { Name = "value", T = Int64s("", 0, 1), Type = AttributeProto.Types.AttributeType.Tensor });
            Add(graph, "ReduceLogSumExp", "any", [graph.Input[0].Name], Ints("keepdims", 1));
            Add(graph, "Trilu", "triangle", [graph.Input[0].Name]);
            Add(graph, "Hardmax", "hard", ["triangle"]);
            return "hard";
        });
        Assert.IsNotNull(ModelZips.Load(zip));
    }

    [TestMethod]
    [DoNotParallelize]
    public void An_application_may_allow_a_domain()
    {
        byte[] zip = WithNodes(graph =>
        {
            Add(graph, "Gelu", "gelu", [graph.Input[0].Name]).Domain = "com.microsoft";
            return "gelu";
        });
        StringAssert.Contains(ModelZips.LoadFailure(zip).Message, "AllowedOperatorDomains");
        ModelFileLimits before = ModelFileLimits.Default;
        ModelFileLimits.Default = before with { AllowedOperatorDomains = ["com.microsoft"] };
        try
        {
            Assert.IsNotNull(ModelZips.Load(zip));
        }
        finally
        {
            ModelFileLimits.Default = before;
        }
    }

    private static byte[] Edited(Action<ModelProto> change)
    {
        ModelProto model = GoodModel();
        change(model);
        return model.ToByteArray();
    }

    private static byte[] EditedGraph(Func<GraphProto, GraphProto> change) => Edited(model => model.Graph = change(model.Graph));

    private static byte[] EditedAttribute(AttributeProto attribute) => Edited(model => model.Graph.Node[0].Attribute.Add(attribute));

    /// <summary>A model whose first weight is written as other bytes, which protobuf's own classes would bring into order.</summary>
    private static byte[] EditedTensor(Func<byte[], byte[]> change)
    {
        ModelProto model = GoodModel();
        byte[] tensor = change(model.Graph.Initializer[0].ToByteArray());
        model.Graph.Initializer.RemoveAt(0);
        GraphProto graph = model.Graph;
        model.Graph = null;
        return [.. model.ToByteArray(), .. Field(7, [.. graph.ToByteArray(), .. Field(5, tensor)])];
    }

    private static TensorProto ExternalTensor(string location)
    {
        var tensor = new TensorProto { Name = "secret", DataType = (int)TensorProto.Types.DataType.Uint8, Dims = { 8 } };
        MakeExternal(tensor, location);
        return tensor;
    }

    private static void MakeExternal(TensorProto tensor, string location = "appsettings.json")
    {
        tensor.ClearRawData();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
    }
}
