using Microsoft.ML.DeepLayers.Onnx.Proto;
using static Microsoft.ML.DeepLayers.Tests.Persistence.HostileZips;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>A few bytes of a known operator that ask for gigabytes, at loading or at the first score.</summary>
[TestClass]
public sealed class HostileSizesTests
{
    private const string TooMuch = "more than 512 MiB";
    private const string Untold = "cannot be told before it runs";

    private static readonly Dictionary<string, (Func<GraphProto, string> Nodes, string Why)> Bombs = new()
    {
        ["ConstantOfShape"] = (graph => Put(graph, "ConstantOfShape", [Int64s(graph, "shape", 40_000, 20_000)]), TooMuch),
        ["ConstantOfShape of a node"] = (graph =>
        {
            Add(graph, "Constant", "shape", [], Ints("value_ints", 40_000, 20_000));
            return Put(graph, "ConstantOfShape", ["shape"]);
        }, TooMuch),
        ["ConstantOfShape beyond 64 bits"] = (graph => Put(graph, "ConstantOfShape", [Int64s(graph, "shape", long.MaxValue, long.MaxValue, long.MaxValue)]), TooMuch),
        ["shape that is computed"] = (graph =>
        {
            Add(graph, "Mul", "product", [Int64s(graph, "left", 40_000, 200), Int64s(graph, "right", 1, 100)]);
            return Put(graph, "ConstantOfShape", ["product"]);
        }, TooMuch),
        ["shape that is cast"] = (graph =>
        {
            Add(graph, "Exp", "power", [Floats(graph, "exponent", [1], 25)]);
            Add(graph, "Cast", "shape", ["power"], Ints("to", 7));
            return Put(graph, "ConstantOfShape", ["shape"]);
        }, Untold),
        ["shape from data"] = (graph =>
        {
            Add(graph, "Cast", "whole", [graph.Input[0].Name], Ints("to", 7));
            Add(graph, "Reshape", "shape", ["whole", Int64s(graph, "flat", -1)]);
            return Put(graph, "Expand", [graph.Input[0].Name, "shape"]);
        }, Untold),
        ["shape by wrapped integers"] = (graph =>
        {
            Add(graph, "Mul", "wrapped", [Int64s(graph, "left", long.MaxValue), Int64s(graph, "right", -3_000_000_000)]);
            return Put(graph, "ConstantOfShape", ["wrapped"]);
        }, Untold),
        ["Range by wrapped integers"] = (graph =>
        {
            Add(graph, "Squeeze", "start", [Int64s(graph, "s", long.MinValue)]);
            Add(graph, "Squeeze", "end", [Int64s(graph, "e", 5)]);
            Add(graph, "Squeeze", "step", [Int64s(graph, "d", -1)]);
            return Cast(graph, Put(graph, "Range", ["start", "end", "step"]));
        }, Untold),
        ["Range"] = (graph => Put(graph, "Range", [Floats(graph, "s", [], 0), Floats(graph, "e", [], 1e9f), Floats(graph, "d", [], 1)]), TooMuch),
        ["Expand"] = (graph => Put(graph, "Expand", [Floats(graph, "one", [1], 1), Int64s(graph, "shape", 30_000, 30_000)]), TooMuch),
        ["Expand of the data"] = (graph => Put(graph, "Expand", [graph.Input[0].Name, Int64s(graph, "shape", 100_000_000, 1, 1)]), TooMuch),
        ["Tile"] = (graph => Put(graph, "Tile", [graph.Input[0].Name, Int64s(graph, "times", 1, 1_000_000_000)]), TooMuch),
        ["Pad"] = (graph => Put(graph, "Pad", [graph.Input[0].Name, Int64s(graph, "pads", 0, 0, 0, 1_000_000_000)]), TooMuch),
        ["Resize"] = (graph => Put(graph, "Resize", [Image(graph), "", Floats(graph, "scales", [4], 1, 1, 20_000, 20_000)]), TooMuch),
        ["Resize to sizes"] = (graph => Put(graph, "Resize", [Image(graph), "", "", Int64s(graph, "sizes", 1, 1, 20_000, 20_000)]), TooMuch),
        ["OneHot"] = (graph => Put(graph, "OneHot", [graph.Input[0].Name, Floats(graph, "depth", [1], 5e8f), Floats(graph, "values", [2], 0, 1)]), TooMuch),
        ["RandomNormal"] = (graph => Put(graph, "RandomNormal", [], Ints("shape", 30_000, 30_000)), TooMuch),
        ["RandomUniform"] = (graph => Put(graph, "RandomUniform", [], Ints("shape", 30_000, 30_000)), TooMuch),
        ["HannWindow"] = (graph => Put(graph, "HannWindow", [Int64s(graph, "size", 1_000_000_000)]), TooMuch),
        ["MelWeightMatrix"] = (graph => Put(graph, "MelWeightMatrix", [Int64s(graph, "a", 30_000), Int64s(graph, "b", 60_000), Int64s(graph, "c", 8_000), Floats(graph, "d", [], 0), Floats(graph, "e", [], 4000)]), TooMuch),
        ["MatMul of a column and a row"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "column", [Int64s(graph, "tall", 30_000, 1)]);
            Add(graph, "ConstantOfShape", "row", [Int64s(graph, "wide", 1, 30_000)]);
            return Put(graph, "MatMul", ["column", "row"]);
        }, TooMuch),
        ["Gemm"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "row", [Int64s(graph, "wide", 1, 30_000)]);
            return Put(graph, "Gemm", ["row", "row"], Ints("transA", 1));
        }, TooMuch),
        ["broadcast sum"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "column", [Int64s(graph, "tall", 30_000, 1)]);
            Add(graph, "ConstantOfShape", "row", [Int64s(graph, "wide", 1, 30_000)]);
            return Put(graph, "Add", ["column", "row"]);
        }, TooMuch),
        ["Einsum"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "row", [Int64s(graph, "wide", 30_000)]);
            return Put(graph, "Einsum", ["row", "row"], new AttributeProto { Name = "equation", S = Google.Protobuf.ByteString.CopyFromUtf8("i,j->ij"), Type = AttributeProto.Types.AttributeType.String });
        }, TooMuch),
        ["Einsum inside"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "row", [Int64s(graph, "wide", 30_000)]);
            return Put(graph, "Einsum", ["row", "row", "row", "row"], new AttributeProto { Name = "equation", S = Google.Protobuf.ByteString.CopyFromUtf8("i,j,i,j->i"), Type = AttributeProto.Types.AttributeType.String });
        }, TooMuch),
        ["doubling"] = (graph =>
        {
            string last = graph.Input[0].Name;
            for (int i = 0; i < 40; i++)
            {
                Add(graph, "Concat", $"twice{i}", [last, last], Ints("axis", 1));
                last = $"twice{i}";
            }

            return last;
        }, TooMuch),
        ["many at a time"] = (graph =>
        {
            for (int i = 0; i < 30; i++)
            {
                Add(graph, "Expand", $"large{i}", [graph.Input[0].Name, Int64s(graph, $"shape{i}", 5_000_000, 1, 1)]);
            }

            return Put(graph, "Max", [.. Enumerable.Range(0, 30).Select(i => $"large{i}")]);
        }, TooMuch),
        ["constants one after the other"] = (graph =>
        {
            // Each is small, and gone before the next one by the order of the file; but ONNX Runtime keeps what it computes at loading.
            for (int i = 0; i < 30; i++)
            {
                Add(graph, "ConstantOfShape", $"large{i}", [Int64s(graph, $"shape{i}", 10_000_000)]);
                Add(graph, "ReduceMax", $"small{i}", [$"large{i}"], Ints("keepdims", 1));
            }

            return Put(graph, "Max", [.. Enumerable.Range(0, 30).Select(i => $"small{i}")]);
        }, TooMuch),
        ["ConvTranspose"] = (graph => Put(graph, "ConvTranspose", [Image(graph), Floats(graph, "kernel", [1, 1, 1, 1], 1)], Ints("output_shape", 20_000, 20_000)), TooMuch),
        ["ConvTranspose with a stride"] = (graph => Put(graph, "ConvTranspose", [Image(graph), Floats(graph, "kernel", [1, 1, 1, 1], 1)], Ints("strides", 1, 1_000_000_000)), TooMuch),
        ["ConvTranspose with an output padding"] = (graph => Put(graph, "ConvTranspose", [Image(graph), Floats(graph, "kernel", [1, 1, 1, 1], 1)], Ints("output_padding", 100_000, 100_000)), TooMuch),
        ["Conv with padding"] = (graph => Put(graph, "Conv", [Image(graph), Floats(graph, "kernel", [1, 1, 1, 1], 1)], Ints("pads", 20_000, 20_000, 20_000, 20_000)), TooMuch),
        ["MaxPool with padding"] = (graph => Put(graph, "MaxPool", [Image(graph)], Ints("kernel_shape", 40_000, 40_000), Ints("pads", 39_000, 39_000, 39_000, 39_000)), TooMuch),
        ["RoiAlign"] = (graph => Put(graph, "RoiAlign", [Image(graph), Floats(graph, "rois", [1, 4], 0, 0, 1, 1), Int64s(graph, "of", 0)], Ints("output_height", 30_000), Ints("output_width", 30_000)), TooMuch),
        ["MaxRoiPool"] = (graph => Put(graph, "MaxRoiPool", [Image(graph), Floats(graph, "rois", [1, 5], 0, 0, 0, 1, 1)], Ints("pooled_shape", 30_000, 30_000)), TooMuch),
        ["MaxUnpool"] = (graph => Put(graph, "MaxUnpool", [Image(graph), Image(graph, 7), Int64s(graph, "size", 1, 1, 30_000, 30_000)], Ints("kernel_shape", 1, 1)), TooMuch),
        ["TfIdfVectorizer"] = (graph =>
        {
            Cast(graph, graph.Input[0].Name, 7);
            return Put(graph, "TfIdfVectorizer", ["cast"], Ints("ngram_indexes", 0, 900_000_000));
        }, TooMuch),
        ["Multinomial"] = (graph => Cast(graph, Put(graph, "Multinomial", [graph.Input[0].Name], Ints("sample_size", 900_000_000))), TooMuch),
        ["Conv of one channel, which is kept in blocks of 16"] = (graph =>
        {
            Add(graph, "Tile", "large", [Image(graph), Int64s(graph, "times", 1, 1, 4000, 2000)]);
            return Put(graph, "Conv", ["large", Floats(graph, "kernel", [1, 1, 3, 3], new float[9])]);
        }, TooMuch),
        ["DFT of a length that is no power of two"] = (graph =>
        {
            Add(graph, "Reshape", "signal", [graph.Input[0].Name, Int64s(graph, "form", -1, 2, 1)]);
            Add(graph, "Tile", "long", ["signal", Int64s(graph, "times", 1, 4_000_003, 1)]);
            return Put(graph, "DFT", ["long"]);
        }, TooMuch),
        ["Unique of many"] = (graph =>
        {
            Add(graph, "Tile", "long", [graph.Input[0].Name, Int64s(graph, "times", 1, 5_000_000)]);
            return Put(graph, "Unique", ["long"]);
        }, TooMuch),
        ["TopK of many"] = (graph =>
        {
            Add(graph, "Tile", "long", [graph.Input[0].Name, Int64s(graph, "times", 1, 12_000_000)]);
            return Put(graph, "TopK", ["long", Int64s(graph, "count", 24_000_000)]);
        }, TooMuch),
        ["Gather of many"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "zeros", [Int64s(graph, "many", 10_000_000)], new AttributeProto { Name = "value", T = Int64s("", 0), Type = AttributeProto.Types.AttributeType.Tensor });
            Add(graph, "Tile", "long", [graph.Input[0].Name, Int64s(graph, "times", 1, 1000)]);
            return Put(graph, "Gather", ["long", "zeros"], Ints("axis", 0));
        }, TooMuch),
        ["LSTM"] = (graph =>
        {
            Add(graph, "ConstantOfShape", "sequence", [Int64s(graph, "long", 2_000_000, 1, 1)]);
            return Put(graph, "LSTM", ["sequence", Floats(graph, "w", [1, 64, 1], new float[64]), Floats(graph, "r", [1, 64, 16], new float[1024])], Ints("hidden_size", 16));
        }, TooMuch),
        ["size below a rank"] = (graph => Put(graph, "Tile", [graph.Input[0].Name, Int64s(graph, "times", 1)]), "repeats 2 axes 1 times"),
        ["operator that is not known"] = (graph => Put(graph, "Enlarge", [graph.Input[0].Name]), "not known"),
    };

    internal static IEnumerable<string> Names => Bombs.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_zip_whose_nodes_ask_for_gigabytes_is_refused_when_it_is_loaded(string bomb)
    {
        (Func<GraphProto, string> nodes, string why) = Bombs[bomb];
        FormatException failure = Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(WithNodes(nodes)));
        StringAssert.Contains(failure.Message, why);
    }

    [TestMethod]
    public void The_same_operators_with_small_sizes_load()
    {
        byte[] zip = WithNodes(graph =>
        {
            Add(graph, "ConstantOfShape", "zeros", [Int64s(graph, "shape", 40, 2)]);
            Add(graph, "Shape", "batch", [graph.Input[0].Name]);
            Add(graph, "Slice", "rows", ["batch", Int64s(graph, "from", 0), Int64s(graph, "to", 1)]);
            Add(graph, "Concat", "wanted", ["rows", Int64s(graph, "width", 2)], Ints("axis", 0));
            Add(graph, "Expand", "wide", [Floats(graph, "one", [1, 1], 1), "wanted"]);
            Add(graph, "Einsum", "products", ["wide", "zeros"], new AttributeProto { Name = "equation", S = Google.Protobuf.ByteString.CopyFromUtf8("bi,ji->bj"), Type = AttributeProto.Types.AttributeType.String });
            return Put(graph, "Resize", [Image(graph), "", Floats(graph, "scales", [4], 1, 1, 2, 2)]);
        });
        Assert.IsNotNull(ModelZips.Load(zip));
    }

    [TestMethod]
    public void A_cost_that_is_stated_too_low_makes_no_large_batches()
    {
        byte[] zip = Edit(model =>
        {
            // 40 MB a row and as much to reduce it, stated as nothing: in a batch of 2,048 rows it would be 160 GB.
            GraphProto graph = model.Graph;
            NodeProto last = graph.Node[^1];
            graph.Node.RemoveAt(graph.Node.Count - 1);
            Add(graph, "Tile", "large", [graph.Input[0].Name, Int64s(graph, "times", 1, 5_000_000)]);
            Add(graph, "ReduceMax", "most", ["large"], Axis(1), Ints("keepdims", 1));
            Add(graph, "Add", "sum", [last.Input[0], "most"]);
            last.Input[0] = "sum";
            graph.Node.Add(last);
            model.MetadataProps.Add(new StringStringEntryProto { Key = "DeepLayers.row.multiplications", Value = "0" });
            model.MetadataProps.Add(new StringStringEntryProto { Key = "DeepLayers.row.largest_values", Value = "0" });
        });
        var loaded = (NeuralNetworkTransformer)((ML.Data.TransformerChain<ITransformer>)ModelZips.Load(zip)).First();
        Assert.AreEqual(2, loaded.Model.Trained.MostRows);
    }

    [TestMethod]
    [DataRow(3, true), DataRow(2, false)]
    public void Memory_may_grow_with_the_square_of_a_length_and_no_faster(int power, bool isRefused)
    {
        byte[] zip = Edit(model =>
        {
            GraphProto graph = model.Graph;
            string steps = graph.Input[0].Name;
            graph.Input[0].Type.TensorType.Shape.Dim[1] = new TensorShapeProto.Types.Dimension { DimParam = "steps" };
            graph.Node.Clear();
            string made = steps;
            for (int i = 2; i <= power; i++)
            {
                // [rows, steps, ..., 1] times [rows, 1, ..., steps].
                Add(graph, "Unsqueeze", $"left{i}", [made, Int64s(graph, $"last{i}", i)]);
                Add(graph, "Unsqueeze", $"right{i}", [steps, Int64s(graph, $"middle{i}", [.. Enumerable.Range(1, i - 1).Select(axis => (long)axis)])]);
                Add(graph, "Mul", made = $"power{i}", [$"left{i}", $"right{i}"]);
            }

            Add(graph, "Flatten", "flat", [made]);
            Add(graph, "ReduceMax", "Score", ["flat"], Axis(1), Ints("keepdims", 1));
        });
        if (isRefused)
        {
            StringAssert.Contains(ModelZips.LoadFailure(zip).Message, "grows faster than with the square");
        }
        else
        {
            Assert.IsNotNull(ModelZips.Load(zip));
        }
    }

    private static string Put(GraphProto graph, string operation, string[] inputs, params AttributeProto[] attributes)
    {
        Add(graph, operation, "made", inputs, attributes);
        return "made";
    }

    private static AttributeProto Axis(long axis) => new() { Name = "axes", Ints = { axis }, Type = AttributeProto.Types.AttributeType.Ints };

    private static string Cast(GraphProto graph, string value, int type = 1)
    {
        Add(graph, "Cast", "cast", [value], Ints("to", type));
        return "cast";
    }

    /// <summary>The features of a row as an image of 1 by 2.</summary>
    private static string Image(GraphProto graph, int type = 1)
    {
        Add(graph, "Reshape", $"image{type}", [graph.Input[0].Name, Int64s(graph, $"form{type}", 1, 1, 1, -1)]);
        if (type == 1)
        {
            return "image1";
        }

        Add(graph, "Cast", $"cast{type}", [$"image{type}"], Ints("to", type));
        return $"cast{type}";
    }
}
