using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>Networks of every kind in every precision: they load elsewhere, stay near, and the report says what is so.</summary>
[TestClass]
public sealed class OnnxExportTests
{
    private static readonly MLContext Ml = new(seed: 1);

    public static IEnumerable<object[]> Cases => ExportedNetworks.Names.SelectMany(name => Enum.GetValues<OnnxPrecision>().Select(precision => new object[] { name, precision }));

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Scores_stay_near_those_of_the_float32_network(string name, OnnxPrecision precision)
    {
        TrainedExample example = ExportedNetworks.Get(name);
        using var folder = new TemporaryFolder();
        OnnxExportReport report = example.Model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = example.Data });
        Console.WriteLine(report);
        example.Model.ExportOnnx(folder["float32.onnx"]);
        Assert.AreEqual(new FileInfo(folder["model.onnx"]).Length, report.Size);
        Assert.AreEqual(new FileInfo(folder["float32.onnx"]).Length, report.Float32Size);

        using var before = new OnnxFile(folder["float32.onnx"]);
        using var after = new OnnxFile(folder["model.onnx"]);
        foreach (OnnxOutputComparison output in report.Outputs)
        {
            float[][] expected = before.Scores(example.Data, output.Name), actual = after.Scores(example.Data, output.Name);
            double[] differences = [.. expected.Zip(actual).SelectMany(row => row.First.Zip(row.Second, (a, b) => Math.Abs((double)a - b)))];
            double scale = expected.Max(row => row.Max(Math.Abs));
            // Float16 rounds to 11 bits some ten times on the way; 8 bits divide each range into 255 steps, as often.
            double limit = precision switch { OnnxPrecision.Float32 => 0, OnnxPrecision.Float16 => 10 / 2048.0, _ => 10 / 255.0 };
            Assert.IsLessThanOrEqualTo(limit * scale, differences.Average(), $"{output}");
            // Computed here row by row: dynamic ranges are those of the rows in a batch.
            bool isSame = precision != OnnxPrecision.DynamicInt8;
            Assert.AreEqual(output.MaxDifference, differences.Max(), isSame ? 1e-5 * scale : limit * scale);
            Assert.AreEqual(output.MeanDifference, differences.Average(), isSame ? 1e-5 * scale : limit * scale);
            Assert.AreEqual(expected.Length, output.Rows);
            if (output.SameClass is { } same)
            {
                Assert.IsGreaterThan(0.9, same);
                // Where the best class leads by more than both scores can move, it stays the best.
                Assert.IsGreaterThanOrEqualTo(expected.Average(row => LeadOf(row) > 2 * output.MaxDifference ? 1.0 : 0), same);
                Assert.AreEqual(expected.Zip(actual).Average(row => ClassOf(row.First) == ClassOf(row.Second) ? 1.0 : 0), same, isSame ? 1e-9 : 0.02);
            }
        }
    }

    [TestMethod]
    public void Quality_is_what_ML_NETs_own_evaluation_says()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in ExportedNetworks.Names)
        {
            TrainedExample example = ExportedNetworks.Get(name);
            IDataView scored = example.Model.Transform(example.Data);
            OnnxExportReport report = example.Model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.Float32) { Data = example.Data });
            OnnxOutputComparison output = report.Outputs[0];
            string label = example.Model.LabelColumnName;
            double expected = output.Task switch
            {
                PredictionTask.BinaryClassification => Ml.BinaryClassification.Evaluate(scored, label).Accuracy,
                PredictionTask.MulticlassClassification => Ml.MulticlassClassification.Evaluate(scored, label).MicroAccuracy,
                _ => Ml.Regression.Evaluate(scored, label, output.Name).RSquared,
            };
            Assert.AreEqual(expected, output.Float32Quality!.Value, 1e-6, name);
            Assert.AreEqual(expected, output.Quality!.Value, 1e-6, name);
            Assert.AreEqual(output.Rows, output.LabeledRows, name);
            Assert.AreEqual(0, output.MaxDifference, name);
        }
    }

    [TestMethod]
    public void Labels_that_are_missing_or_others_are_left_out()
    {
        TrainedExample example = ExportedNetworks.Get("dense, normalized, several classes");
        using var folder = new TemporaryFolder();
        IDataView without = Ml.Transforms.DropColumns("Kind").Fit(example.Data).Transform(example.Data);
        IDataView renumbered = Ml.Transforms.Conversion.MapValueToKey("Kind", "Class").Fit(without).Transform(without);
        foreach (IDataView data in new[] { without, renumbered })
        {
            OnnxOutputComparison output = example.Model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.Float16) { Data = data }).Outputs[0];
            Assert.AreEqual((0, null, null), (output.LabeledRows, output.Quality, output.Float32Quality));
            Assert.AreEqual(200, output.Rows);
        }
    }

    [TestMethod]
    public void Without_data_there_is_no_comparison()
    {
        using var folder = new TemporaryFolder();
        OnnxExportReport report = ExportedNetworks.Get("dense, binary").Model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.DynamicInt8));
        Assert.IsEmpty(report.Outputs);
        Assert.HasCount(3, report.Layers);
        StringAssert.StartsWith(report.ToString(), "DynamicInt8: ");
        StringAssert.Contains(report.ToString(), "\n  dense: Gemm → 8-bit weights");
    }

    [TestMethod]
    public void Layers_are_named_that_changed_and_that_did_not()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(
            """
            conv2d: Conv → 8-bit weights and inputs
            conv2d_1: Conv → 8-bit weights and inputs
            dense: Gemm stays float32: named in Float32Layers
            output: Gemm → 8-bit weights and inputs
            """,
            Lines("convolutions", new OnnxExportOptions(OnnxPrecision.StaticInt8) { Float32Layers = ["dense"] }));
        StringAssert.Contains(
            Lines("LSTM of variable length", new OnnxExportOptions(OnnxPrecision.StaticInt8) { Float32Layers = ["lstm", "dense", "output"] }), "output: Gemm stays float32");
        StringAssert.Contains(Lines("convolutions", new OnnxExportOptions(OnnxPrecision.DynamicInt8)), "conv2d: Conv stays float32: ");
        StringAssert.Contains(Lines("LSTM of variable length", new OnnxExportOptions(OnnxPrecision.StaticInt8)), "lstm: LSTM stays float32: ONNX has no 8-bit recurrent operators");
        StringAssert.Contains(Lines("keys of variable length", new OnnxExportOptions(OnnxPrecision.DynamicInt8)), "embedding: Gather stays float32: ");
        string attention = Lines("transformer of variable length", new OnnxExportOptions(OnnxPrecision.DynamicInt8));
        StringAssert.Contains(attention, "4 MatMul → 8-bit weights");
        StringAssert.Contains(attention, "2 MatMul stays float32: what it multiplies by is computed in the graph");
        string Lines(string name, OnnxExportOptions options)
        {
            TrainedExample example = ExportedNetworks.Get(name);
            return string.Join('\n', example.Model.ExportOnnx(folder["model.onnx"], options with { Data = example.Data }).Layers);
        }
    }

    [TestMethod]
    public void Weights_take_the_bits_that_they_should()
    {
        using var folder = new TemporaryFolder();
        NeuralNetworkTransformer model = Trained(new Sequential { new DeepLayers.Layers.Dense(400), new DeepLayers.Layers.Dense(400) }, out IDataView data);
        foreach ((OnnxPrecision precision, double part) in new[] { (OnnxPrecision.Float16, 0.5), (OnnxPrecision.DynamicInt8, 0.25), (OnnxPrecision.StaticInt8, 0.25) })
        {
            OnnxExportReport report = model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = data });
            Assert.AreEqual(part, (double)report.Size / report.Float32Size, 0.03, report.ToString());
        }
    }

    [TestMethod]
    public void What_is_wrong_is_said_before_anything_is_written()
    {
        (NeuralNetworkTransformer model, IDataView data) = ExportedNetworks.Get("dense, binary");
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.ExportOnnx(path, new OnnxExportOptions(OnnxPrecision.StaticInt8))).Message, "set OnnxExportOptions.Data");
        IDataView none = Ml.Data.SkipRows(data, 1000);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => model.ExportOnnx(path, new OnnxExportOptions(OnnxPrecision.StaticInt8) { Data = none })).Message, "has no rows");
        IDataView other = Ml.Transforms.DropColumns("Features").Fit(data).Transform(data);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.ExportOnnx(path, new OnnxExportOptions(OnnxPrecision.Float16) { Data = other })).Message,
            "Feature column 'Features' is not in the data");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => model.ExportOnnx(path, new OnnxExportOptions(OnnxPrecision.Float16) { Float32Layers = ["den"] })).Message,
            "'den', but the network has no such layer; it has: dense, dense_1, output");
        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(path)!));

        string nowhere = folder["no/model.onnx"];
        StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => model.ExportOnnx(nowhere, new OnnxExportOptions(OnnxPrecision.Float16))).Message, nowhere);
        File.WriteAllText(path, "older");
        Directory.CreateDirectory(folder["folder"]);
        Assert.ThrowsExactly<IOException>(() => model.ExportOnnx(folder["folder"], new OnnxExportOptions(OnnxPrecision.Float16)));
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [TestMethod]
    public void Options_are_checked()
    {
        Assert.AreEqual("precision", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OnnxExportOptions((OnnxPrecision)7)).ParamName);
        foreach (double percentile in new[] { 50, 100.1, double.NaN })
        {
            Assert.AreEqual("CalibrationPercentile", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OnnxExportOptions(OnnxPrecision.StaticInt8) { CalibrationPercentile = percentile }).ParamName);
        }

        Assert.AreEqual("Float32Layers", Assert.ThrowsExactly<ArgumentException>(() => new OnnxExportOptions(OnnxPrecision.Float16) { Float32Layers = [""] }).ParamName);
        Assert.AreEqual("Float32Layers", Assert.ThrowsExactly<ArgumentNullException>(() => new OnnxExportOptions(OnnxPrecision.Float16) { Float32Layers = null! }).ParamName);
    }

    [TestMethod]
    public void The_same_export_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        (NeuralNetworkTransformer model, IDataView data) = ExportedNetworks.Get("convolutions");
        foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
        {
            var options = new OnnxExportOptions(precision) { Data = data, CalibrationPercentile = 99.9 };
            OnnxExportReport first = model.ExportOnnx(folder["a.onnx"], options), second = model.ExportOnnx(folder["b.onnx"], options);
            CollectionAssert.AreEqual(File.ReadAllBytes(folder["a.onnx"]), File.ReadAllBytes(folder["b.onnx"]));
            Assert.AreEqual(first.ToString(), second.ToString());
        }
    }

    private static NeuralNetworkTransformer Trained(Sequential network, out IDataView data)
    {
        data = Trainers.TrainerData.View(Ml, 50);
        return Ml.Regression.Trainers.NeuralNetwork(network, ExportedNetworks.Options("Number", epochs: 1)).Fit(data);
    }

    private static double LeadOf(float[] scores) =>
        scores.Length == 1 ? 2 * Math.Abs(scores[0]) : scores.OrderDescending().Take(2).Aggregate((best, second) => best - second);

    private static int ClassOf(float[] scores) => scores.Length == 1 ? (scores[0] > 0 ? 1 : 0) : Array.IndexOf(scores, scores.Max());
}

/// <summary>An ONNX file as somebody else would use it: rows scored one by one, by ONNX Runtime alone.</summary>
internal sealed class OnnxFile(string path) : IDisposable
{
    private readonly InferenceSession session = new(path, new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR });

    internal float[][] Scores(IDataView data, string output)
    {
        Assert.AreEqual(typeof(float), session.OutputMetadata[output].ElementType);
        float[][][] columns = [.. session.InputMetadata.Keys.Select(name => Column(data, name))];
        return [.. Enumerable.Range(0, columns[0].Length).Select(row => Run([.. columns.Select(column => column[row])], output))];
    }

    internal float[] Run(float[][] inputs, string output)
    {
        using var options = new RunOptions();
        string[] names = [.. session.InputMetadata.Keys];
        OrtValue[] values = [.. inputs.Select((values, i) => OrtValue.CreateTensorValueFromMemory(values, Dimensions(session.InputMetadata[names[i]].Dimensions, values.Length)))];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, names, values, [output]);
        foreach (OrtValue value in values)
        {
            value.Dispose();
        }

        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose() => session.Dispose();

    private static long[] Dimensions(int[] declared, int length)
    {
        long known = declared.Skip(1).Where(dimension => dimension > 0).Aggregate(1L, (product, dimension) => product * dimension);
        return [1, .. declared.Skip(1).Select(dimension => dimension > 0 ? dimension : length / known)];
    }

    private static float[][] Column(IDataView data, string name) => data.Schema[name].Type switch
    {
        VectorDataViewType { ItemType: KeyDataViewType } => [.. data.GetColumn<uint[]>(name).Select(row => row.Select(key => (float)key).ToArray())],
        VectorDataViewType => [.. data.GetColumn<float[]>(name)],
        _ => [.. data.GetColumn<float>(name).Select(value => new[] { value })],
    };
}
