using Google.Protobuf;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using Microsoft.ML.DeepLayers.Tests.Weights;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>The weights of ONNX models, whatever the exporter has left of names and normalizations.</summary>
[TestClass]
public sealed class OnnxWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DataRow("ResNet18", false)]
    [DataRow("ResNet50", true)]
    [DataRow("MobileNetV3Small", false)]
    [DataRow("EfficientNetB0", false)]
    [DataRow("ConvNeXtTiny", false)]
    [DataRow("VGG16", false)]
    public void A_model_with_names_gives_the_weights_to_the_bit(string name, bool hasScopes)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        // The dense layers of VGG read images channels last in our model, and channels first in others'.
        Backbone read = name == "VGG16" ? backbone with { IncludeTop = false } : backbone;
        WeightConversion conversion = read.LoadWeights(ForeignOnnx.Of(backbone, weights, hasScopes: hasScopes).Save(folder));
        WeightFiles.AreSame(new NetworkWeights(conversion.Weights.Names.Select(tensor => weights[tensor])), conversion.Weights);
        Assert.HasCount(PublishedTensors.Random(read).Count, conversion.Weights);
    }

    [TestMethod]
    [DataRow("ResNet18", true)]
    [DataRow("ResNet18", false)]
    [DataRow("ResNet50", false)]
    [DataRow("MobileNetV2", true)]
    [DataRow("MobileNetV3Large", true)]
    [DataRow("MobileNetV3Large", false)]
    [DataRow("EfficientNetB0", false)]
    public void Normalizations_that_were_folded_into_convolutions_compute_the_same(string name, bool hasScopes)
    {
        Backbone backbone = BackboneTable.Row(name).Small;
        NetworkWeights weights = PublishedTensors.Random(backbone);
        ModelProto model = ForeignOnnx.Of(backbone, weights, folds: true, hasScopes);
        Assert.IsFalse(model.Graph.Node.Any(node => node.OpType == "BatchNormalization"));
        WeightConversion conversion = backbone.LoadWeights(model.Save(folder));
        CollectionAssert.AreEqual(weights.Names.ToArray(), conversion.Weights.Names.ToArray());
        Assert.IsTrue(conversion.Report.Any(row => row.Action.Contains("folded into the convolution", StringComparison.Ordinal)));

        var random = new Random(2);
        var image = new WeightTensor("pixels", new Shape([2, .. backbone.InputShape]), [.. Enumerable.Range(0, 2 * (int)backbone.InputShape.Size).Select(_ => (float)random.Next(256))]);
        float[] expected = WeightFiles.Run(backbone.ToNetwork(), weights, image), actual = WeightFiles.Run(backbone.ToNetwork(), conversion.Weights, image);
        float scale = expected.Max(Math.Abs);
        WeightFiles.AreClose([.. expected.Select(value => value / scale)], [.. actual.Select(value => value / scale)], 2e-5);
    }

    [TestMethod]
    public void A_model_of_this_library_is_read_under_its_own_names()
    {
        Backbone backbone = BackboneTable.Row("ViTTiny").Small, body = backbone with { IncludeTop = false };
        NetworkWeights weights = PublishedTensors.Random(backbone);
        string path = ForeignOnnx.Own(backbone, weights).Save(folder);
        WeightFiles.AreSame(weights, NetworkWeights.LoadOnnx(path));
        WeightFiles.AreSame(weights, backbone.LoadWeights(path).Weights);
        WeightConversion conversion = body.LoadWeights(path);
        WeightFiles.AreSame(weights.Without("head"), conversion.Weights);
        Assert.Contains("left out", conversion.Report.Single(row => row.Source == "head/kernel").Action);
        Assert.Contains("'head/kernel' has shape", Assert.ThrowsExactly<WeightMismatchException>(() => (backbone with { Classes = 5 }).LoadWeights(path)).Message);
    }

    [TestMethod]
    public void Without_a_top_that_of_the_model_is_left_out()
    {
        Backbone backbone = BackboneTable.Row("ResNet18").Small, body = backbone with { IncludeTop = false };
        NetworkWeights weights = PublishedTensors.Random(backbone);
        WeightConversion conversion = body.LoadWeights(ForeignOnnx.Of(backbone, weights).Save(folder));
        WeightFiles.AreSame(weights.Without("fc"), conversion.Weights);
        Assert.Contains("left out", conversion.Report.Single(row => row.Source == "fc.weight").Action);
    }

    [TestMethod]
    public void A_model_of_another_network_is_refused()
    {
        Backbone large = BackboneTable.Row("ResNet34").Small, small = BackboneTable.Row("ResNet18").Small;
        NetworkWeights weights = PublishedTensors.Random(large);
        Assert.Contains("has no place in the network", Assert.ThrowsExactly<WeightMismatchException>(() => small.LoadWeights(ForeignOnnx.Of(large, weights).Save(folder))).Message);
        Assert.Contains("has no place in the network", Assert.ThrowsExactly<WeightMismatchException>(() => small.LoadWeights(ForeignOnnx.Of(large, weights, folds: true).Save(folder))).Message);
        Assert.Contains("is missing in the file", Assert.ThrowsExactly<WeightMismatchException>(() => large.LoadWeights(ForeignOnnx.Of(small, PublishedTensors.Random(small), folds: true).Save(folder))).Message);
    }

    [TestMethod]
    public void Names_are_put_together_again()
    {
        ModelProto model = Model(
            [Tensor("onnx::Conv_1", [2, 1, 1, 1]), Tensor("onnx::Conv_2", [2]), Tensor("onnx::MatMul_3", [2, 3], 1, 2, 3, 4, 5, 6), Tensor("a.qkv.bias", [3]), Tensor("fc.weight", [4, 3]), Tensor("scale", [2]), Tensor("onnx::Mul_4", [2])],
            new NodeProto { OpType = "Conv", Name = "/layer1/layer1.0/downsample/downsample.0/Conv", Input = { "x", "onnx::Conv_1", "onnx::Conv_2" }, Output = { "y" } },
            new NodeProto { OpType = "MatMul", Name = "MatMul_7", Input = { "y", "onnx::MatMul_3" }, Output = { "z" } },
            new NodeProto { OpType = "Add", Name = "Add_8", Input = { "a.qkv.bias", "z" }, Output = { "w" } },
            new NodeProto { OpType = "Identity", Name = "Identity_9", Input = { "fc.weight" }, Output = { "same" } },
            new NodeProto { OpType = "Transpose", Name = "Transpose_10", Input = { "same" }, Output = { "turned" } },
            new NodeProto { OpType = "MatMul", Name = "MatMul_11", Input = { "w", "turned" }, Output = { "v" } },
            new NodeProto { OpType = "Conv", Name = "Conv_12", Input = { "v", "onnx::Conv_1" }, Output = { "u" } });
        NetworkWeights read = NetworkWeights.LoadOnnx(model.Save(folder));
        Assert.AreEqual(
            "layer1.0.downsample.0.weight [2, 1, 1, 1], layer1.0.downsample.0.bias [2], a.qkv.weight [3, 2], a.qkv.bias [3], fc.weight [4, 3], onnx::Conv_3.weight [2, 1, 1, 1], scale [2]",
            read.ToString());
        CollectionAssert.AreEqual(new float[] { 1, 4, 2, 5, 3, 6 }, read["a.qkv.weight"].Values.ToArray());
    }

    [TestMethod]
    [DataRow(nameof(TensorProto.Types.DataType.Float))]
    [DataRow(nameof(TensorProto.Types.DataType.Double))]
    [DataRow(nameof(TensorProto.Types.DataType.Float16))]
    [DataRow(nameof(TensorProto.Types.DataType.Bfloat16))]
    [DataRow("FloatData")]
    [DataRow("DoubleData")]
    public void Numbers_are_read_from_every_form(string form)
    {
        float[] values = [1.5f, -2, 0.25f, 4];
        var tensor = new TensorProto { Name = "fc.weight" };
        tensor.Dims.AddRange([2, 2]);
        (tensor.DataType, tensor.RawData) = form switch
        {
            "Double" => ((int)TensorProto.Types.DataType.Double, Bytes(values.SelectMany(value => BitConverter.GetBytes((double)value)))),
            "Float16" => ((int)TensorProto.Types.DataType.Float16, Bytes(values.SelectMany(value => BitConverter.GetBytes((Half)value)))),
            "Bfloat16" => ((int)TensorProto.Types.DataType.Bfloat16, Bytes(values.SelectMany(value => BitConverter.GetBytes(value)[2..]))),
            "Float" => ((int)TensorProto.Types.DataType.Float, Bytes(values.SelectMany(BitConverter.GetBytes))),
            _ => (form == "FloatData" ? (int)TensorProto.Types.DataType.Float : (int)TensorProto.Types.DataType.Double, ByteString.Empty),
        };
        tensor.FloatData.AddRange(form == "FloatData" ? values : []);
        tensor.DoubleData.AddRange(form == "DoubleData" ? values.Select(value => (double)value) : []);
        CollectionAssert.AreEqual(values, NetworkWeights.LoadOnnx(Model([tensor]).Save(folder))["fc.weight"].Values.ToArray());
    }

    [TestMethod]
    [DataRow("weights.bin", "8", null, null)]
    [DataRow("weights.bin", "8", "16", null)]
    [DataRow("weights.bin", "9", null, "not within its file")]
    [DataRow("weights.bin", "-1", null, "not within its file")]
    [DataRow("weights.bin", "99999999999999999999", null, "not within its file")]
    [DataRow("weights.bin", "0", "12", "not within its file")]
    [DataRow("none.bin", "0", null, "missing beside the model")]
    [DataRow("link.bin", "0", null, "a link beside the model")]
    [DataRow("../weights.bin", "0", null, "only files beside the model are read")]
    [DataRow("/etc/passwd", "0", null, "only files beside the model are read")]
    [DataRow("c:weights.bin", "0", null, "only files beside the model are read")]
    [DataRow("..", "0", null, "only files beside the model are read")]
    [DataRow("", "0", null, "only files beside the model are read")]
    public void Numbers_in_other_files_are_read_where_allowed_and_from_beside_the_model_only(string location, string offset, string? length, string? message)
    {
        Directory.CreateDirectory(folder["models"]);
        byte[] numbers = [.. new float[] { 7, 7, 1, 2, 3, 4 }.SelectMany(BitConverter.GetBytes)];
        File.WriteAllBytes(folder["weights.bin"], numbers);
        File.WriteAllBytes(folder["models/weights.bin"], numbers);
        File.CreateSymbolicLink(folder["models/link.bin"], folder["weights.bin"]);
        var tensor = new TensorProto { Name = "fc.weight", DataType = (int)TensorProto.Types.DataType.Float, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.AddRange([2, 2]);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        if (length is not null)
        {
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        }

        string path = Model([tensor]).Save(folder, "models/model.onnx");
        Assert.Contains(nameof(ModelFileLimits.AllowExternalData), Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(path)).Message);
        var limits = new ModelFileLimits { AllowExternalData = true };
        if (message is null)
        {
            CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4 }, NetworkWeights.LoadOnnx(path, limits)["fc.weight"].Values.ToArray());
            return;
        }

        string told = Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(path, limits)).Message;
        Assert.Contains(message, told);
        Assert.Contains("'fc.weight'", told);
    }

    [TestMethod]
    public void Models_without_weights_are_refused_with_advice()
    {
        var tensor = new TensorProto { Name = "fc.weight", DataType = (int)TensorProto.Types.DataType.Int8, RawData = ByteString.CopyFrom(1, 2, 3, 4) };
        tensor.Dims.AddRange([2, 2]);
        Refused(Model([tensor]), "have to be exported again, as floats");
        Refused(new ModelProto { IrVersion = 8 }, "no graph");
        Refused(Model([Tensor("fc.weight", [3, 3], 1, 2)]), "for a shape of 9 numbers");
        Refused(Model([Tensor("fc.weight", [0, 3])]), "which no weight can have");
        Refused(Model([Tensor("fc.weight", [1 << 20, 1 << 20])]), "which no weight can have");

        void Refused(ModelProto model, string message) =>
            Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(model.Save(folder))).Message);
    }

    [TestMethod]
    [DataRow("attribute", "another file"), DataRow("graph in a node", "graph of its own"), DataRow("sparse initializer", "another file"), DataRow("training", "graph of its own")]
    [DataRow("function", "another file"), DataRow("annotation", ""), DataRow("domain", "'com.microsoft'"), DataRow("Loop", "control flow"), DataRow("unknown field", "field 77")]
    public void A_file_is_looked_at_wherever_a_tensor_may_stand(string place, string message)
    {
        byte[] external = new TensorProto { Name = "secret", DataLocation = TensorProto.Types.DataLocation.External }.ToByteArray();
        ModelProto model = Model([Tensor("fc.weight", [2, 2], 1, 2, 3, 4)], new NodeProto { OpType = "Identity", Input = { "fc.weight" }, Output = { "out" } });
        switch (place)
        {
            case "attribute":
                model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "value" }.WithField(10, external));
                break;
            case "graph in a node":
                model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "body", G = new GraphProto() });
                break;
            case "sparse initializer":
                model.Graph = model.Graph.WithField(15, HostileZips.Field(1, external));
                break;
            case "training":
                model = model.WithField(20, HostileZips.Field(1, HostileZips.Field(5, external)));
                break;
            case "function":
                model = model.WithField(25, HostileZips.Field(7, HostileZips.Field(5, HostileZips.Field(5, external))));
                break;
            case "annotation":
                model.Graph = model.Graph.WithField(14, HostileZips.Field(1, 65));
                break;
            case "domain":
                model.Graph.Node[0].Domain = "com.microsoft";
                break;
            case "Loop":
                model.Graph.Node[0].OpType = "Loop";
                break;
            default:
                model.Graph.Node[0] = model.Graph.Node[0].WithField(77, 1);
                break;
        }

        string path = model.Save(folder);
        if (message.Length == 0)
        {
            Assert.HasCount(1, NetworkWeights.LoadOnnx(path));
        }
        else
        {
            Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(path)).Message);
        }
    }

    [TestMethod]
    public void Files_that_no_exporter_writes_are_refused_by_the_documented_exception()
    {
        Refused(new NodeProto { OpType = "Identity", Input = { "fc.weight" } }, "no outputs");
        Refused(new NodeProto { OpType = "MatMul", Input = { "x", "fc.weight" } }, "no outputs");
        Refused(new NodeProto { OpType = "Gemm", Input = { "x", "vector" }, Output = { "y" } }, "multiplied as a matrix");
        Assert.Contains("twice", Assert.ThrowsExactly<FormatException>(
            () => NetworkWeights.LoadOnnx(Model([Tensor("a", [1], 1), Tensor("a", [1], 1)]).Save(folder))).Message);
        ModelProto own = Model([Tensor("a/b", [2, 2], 1, 2, 3)]);
        own.ProducerName = Microsoft.ML.DeepLayers.Onnx.OnnxExporter.Producer;
        Assert.Contains("'a/b'", Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(own.Save(folder))).Message);
        own.Graph.Initializer.Add(own.Graph.Initializer[0]);
        Assert.Contains("twice", Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(own.Save(folder))).Message);
        Assert.Contains("without a name", Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadOnnx(Model([Tensor("", [1], 1)]).Save(folder))).Message);

        void Refused(NodeProto node, string message) => Assert.Contains(message, Assert.ThrowsExactly<FormatException>(
            () => NetworkWeights.LoadOnnx(Model([Tensor("fc.weight", [2, 2], 1, 2, 3, 4), Tensor("vector", [4], 1, 2, 3, 4)], node).Save(folder))).Message);
    }

    [TestMethod]
    public void A_damaged_byte_is_refused_or_read_but_nothing_else()
    {
        Backbone backbone = BackboneTable.Row("LeNet5").Small with { WidthMultiplier = 0.1f };
        byte[] whole = ForeignOnnx.Of(backbone, PublishedTensors.Random(backbone)).ToByteArray();
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(folder["x.onnx"], i % 5 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                NetworkWeights.LoadOnnx(folder["x.onnx"]);
            }
            catch (FormatException)
            {
                // What cannot be read is said so in one way.
            }
        }
    }

    private static ByteString Bytes(IEnumerable<byte> bytes) => ByteString.CopyFrom([.. bytes]);

    private static TensorProto Tensor(string name, long[] dimensions, params float[] values)
    {
        long size = dimensions.Aggregate(1L, (product, dimension) => product * dimension);
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(dimensions);
        tensor.FloatData.AddRange(values.Length > 0 ? values : Enumerable.Repeat(1f, (int)Math.Min(size, 100)));
        return tensor;
    }

    private static ModelProto Model(TensorProto[] initializers, params NodeProto[] nodes)
    {
        var graph = new GraphProto { Name = "graph" };
        graph.Initializer.AddRange(initializers);
        graph.Node.AddRange(nodes);
        return new ModelProto { IrVersion = 8, ProducerName = "pytorch", Graph = graph };
    }
}
