using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Onnx.Quantization;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>What the changed graphs look like, and what ONNX Runtime makes of them.</summary>
[TestClass]
public sealed class QuantizedGraphTests
{
    [TestMethod]
    public void ONNX_Runtime_finds_its_8_bit_operators()
    {
        string[] operators = OptimizedOperators("convolutions", OnnxPrecision.StaticInt8);
        Assert.AreEqual(2, operators.Count(name => name == "QLinearConv"), string.Join(", ", operators));
        Assert.AreEqual(2, operators.Count(name => name == "QGemm"));
        CollectionAssert.IsSubsetOf(operators.Distinct().ToArray(), new[] { "QuantizeLinear", "QLinearConv", "MaxPool", "Transpose", "Reshape", "Flatten", "QGemm", "Softmax" });
        operators = OptimizedOperators("residual convolutions", OnnxPrecision.StaticInt8);
        Assert.AreEqual(3, operators.Count(name => name == "QLinearConv"), string.Join(", ", operators));
        Assert.AreEqual(1, operators.Count(name => name == "QLinearAdd"));
        operators = OptimizedOperators("dense, binary", OnnxPrecision.DynamicInt8);
        Assert.AreEqual(3, operators.Count(name => name is "DynamicQuantizeMatMul" or "MatMulIntegerToFloat"), string.Join(", ", operators));
    }

    [TestMethod]
    public void Standard_operators_alone_are_written()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in ExportedNetworks.Names)
        {
            (NeuralNetworkTransformer model, IDataView data) = ExportedNetworks.Get(name);
            foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
            {
                model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = data });
                ModelProto written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["model.onnx"]));
                Assert.IsTrue(written.Graph.Node.All(node => node.Domain.Length == 0), name);
                Assert.AreEqual(OnnxGraphBuilder.OpsetVersion, written.OpsetImport.Single().Version);
                CollectionAssert.AllItemsAreUnique(written.Graph.Node.Select(node => node.Name).ToArray());
            }
        }
    }

    [TestMethod]
    public void What_is_delicate_stays_float32()
    {
        string[] harmless = ["MatMul", "Gemm", "Conv", "Gather", "Add", "Sub", "Mul", "Relu", "Tanh", "Sigmoid", "Transpose", "Reshape", "Concat", "MaxPool", "Identity", "Where", "Slice", "Squeeze", "Unsqueeze", "Expand"];
        using var folder = new TemporaryFolder();
        var halved = new HashSet<string>();
        foreach (string name in ExportedNetworks.Names)
        {
            ExportedNetworks.Get(name).Model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.Float16));
            GraphProto graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["model.onnx"])).Graph;
            halved.UnionWith(graph.Node.Where(node => node.OpType != "Cast" && node.Input.Concat(node.Output).Any(value => value.EndsWith(":float16", StringComparison.Ordinal))).Select(node => node.OpType));
        }

        Assert.IsEmpty(halved.Except(harmless), string.Join(", ", halved.Except(harmless)));
        CollectionAssert.IsSubsetOf(new[] { "MatMul", "Gemm", "Conv", "Gather" }, halved.ToArray());
    }

    /// <summary>Neighbouring keys from 2048 on are the same float16.</summary>
    [TestMethod]
    public void Large_keys_find_their_own_vectors_in_float16()
    {
        (NeuralNetworkTransformer model, _) = ExportedNetworks.Get("keys of variable length");
        using var folder = new TemporaryFolder();
        model.ExportOnnx(folder["half.onnx"], new OnnxExportOptions(OnnxPrecision.Float16));
        model.ExportOnnx(folder["float.onnx"]);
        using OnnxFile half = new(folder["half.onnx"]), full = new(folder["float.onnx"]);
        for (int key = 2900; key < 3000; key++)
        {
            Assert.AreEqual(full.Run([[key]], "Score")[0], half.Run([[key]], "Score")[0], 0.01f, $"key {key}");
        }
    }

    [TestMethod]
    public void Graphs_inside_operators_stay_and_read_what_they_read()
    {
        foreach (OnnxPrecision precision in new[] { OnnxPrecision.Float16, OnnxPrecision.DynamicInt8 })
        {
            ModelProto model = WithIf();
            byte[] inner = model.Graph.Node[1].ToByteArray();
            ConvertedNetwork converted = ConvertedNetwork.Convert(model.ToByteArray(), new OnnxExportOptions(precision), null);
            NodeProto kept = ModelProto.Parser.ParseFrom(converted.Onnx).Graph.Node.Single(node => node.OpType == "If");
            CollectionAssert.AreEqual(inner, kept.ToByteArray());
            float[] expected = Run(model.ToByteArray(), [1, 2]), actual = Run(converted.Onnx, [1, 2]);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], actual[i], 0.02f * Math.Abs(expected[i]));
            }
        }
    }

    /// <summary>y = If(true): product + product, else product; of a product [1, 2] = x w.</summary>
    private static ModelProto WithIf()
    {
        var graph = new GraphProto { Name = "outer" };
        graph.Input.Add(Floats("x"));
        graph.Output.Add(Floats("y"));
        graph.Initializer.Add(Tensors.Floats("layer/w", [0.5f, -1, 2, 3], 2, 2));
        graph.Initializer.Add(new TensorProto { Name = "condition:0", DataType = (int)TensorProto.Types.DataType.Bool, RawData = ByteString.CopyFrom(1) });
        graph.Node.Add(Node("MatMul", "product", "x", "layer/w"));
        NodeProto choice = Node("If", "chosen", "condition:0");
        choice.Attribute.Add(new AttributeProto { Name = "then_branch", G = Branch("Add", "product", "product"), Type = AttributeProto.Types.AttributeType.Graph });
        choice.Attribute.Add(new AttributeProto { Name = "else_branch", G = Branch("Identity", "product"), Type = AttributeProto.Types.AttributeType.Graph });
        graph.Node.Add(choice);
        graph.Node.Add(Node("Add", "y", "chosen", "product"));
        return OnnxExporter.ToModel(graph);
    }

    private static GraphProto Branch(string operation, params string[] inputs)
    {
        var branch = new GraphProto { Name = operation };
        branch.Node.Add(Node(operation, $"{operation} result", inputs));
        branch.Output.Add(Floats($"{operation} result"));
        return branch;
    }

    private static NodeProto Node(string operation, string output, params string[] inputs)
    {
        var node = new NodeProto { OpType = operation, Name = $"layer/{operation}:{output}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    private static ValueInfoProto Floats(string name)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 1 });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 2 });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } } };
    }

    private static float[] Run(byte[] onnx, float[] x)
    {
        using var session = new InferenceSession(onnx);
        using var options = new RunOptions();
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(x, [1, 2]);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [value], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static string[] OptimizedOperators(string name, OnnxPrecision precision)
    {
        (NeuralNetworkTransformer model, IDataView data) = ExportedNetworks.Get(name);
        using var folder = new TemporaryFolder();
        model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = data });
        using var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            OptimizedModelFilePath = folder["optimized.onnx"],
        };
        using var session = new InferenceSession(folder["model.onnx"], options);
        return [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["optimized.onnx"])).Graph.Node.Select(node => node.OpType)];
    }
}
