using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Onnx.Quantization;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>
/// A network of two dense layers, computed in plain C#: its ranges, its 8-bit weights, and how far rounding can move a score.
/// </summary>
[TestClass]
public sealed class ErrorBoundTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly Lazy<NeuralNetworkTransformer> Model = new(() => Ml.Regression.Trainers.NeuralNetwork(
        new Sequential { new Dense(12, Activation.ReLU), new Dense(8, Activation.ReLU) }, ExportedNetworks.Options("Number")).Fit(TrainerData.View(Ml, 300)));

    private static readonly float[][] Rows = [.. TrainerData.Rows(100, seed: 5).Select(row => row.Features)];
    private static readonly IDataView Data = TrainerData.View(Ml, 100, seed: 5);
    private static readonly string[] LayerNames = ["dense", "dense_1", "output"];

    [TestMethod]
    [DataRow(OnnxPrecision.StaticInt8, true, false)]
    [DataRow(OnnxPrecision.StaticInt8, false, false)]
    [DataRow(OnnxPrecision.StaticInt8, true, true)]
    [DataRow(OnnxPrecision.DynamicInt8, true, false)]
    [DataRow(OnnxPrecision.DynamicInt8, false, true)]
    [DataRow(OnnxPrecision.Float16, true, false)]
    public void No_score_moves_further_than_rounding_can_move_it(OnnxPrecision precision, bool perChannel, bool reduceRange)
    {
        using var folder = new TemporaryFolder();
        Model.Value.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = Data, PerChannel = perChannel, ReduceRange = reduceRange });
        using var file = new OnnxFile(folder["model.onnx"]);
        double largest = 0;
        foreach (float[] row in Rows)
        {
            double difference = Math.Abs(file.Run([row], "Score")[0] - Forward(row)[^1][0]);
            double bound = precision == OnnxPrecision.Float16 ? HalfBound(row) : Bound(row, precision, perChannel, reduceRange ? 64 : 127);
            Assert.IsLessThanOrEqualTo(bound, difference);
            largest = Math.Max(largest, difference / bound);
        }

        Assert.IsGreaterThan(0.001, largest, "The bound says something, and something was rounded.");
    }

    [TestMethod]
    public void Ranges_are_those_of_the_values()
    {
        TrainedNetwork network = NetworkOf(Model.Value);
        ModelProto model = ModelProto.Parser.ParseFrom(network.Onnx);
        var quantization = new StaticQuantization(model.Graph, new OnnxExportOptions(OnnxPrecision.StaticInt8), new KeptLayers([], model.Graph), new LayerChanges());
        CollectionAssert.AreEqual(new[] { "Features" }, quantization.Measured.Take(1).ToArray());
        Assert.HasCount(3, quantization.Measured);
        double[][][] forwards = [.. Rows.Select(Forward)];
        IReadOnlyDictionary<string, ValueRange> ranges = Measure(model, quantization.Measured, 100), cut = Measure(model, quantization.Measured, 90);
        for (int i = 0; i < 3; i++)
        {
            double[] values = [.. forwards.SelectMany(forward => forward[i]).Order()];
            ValueRange range = ranges[quantization.Measured[i]];
            Assert.AreEqual(values[0], range.Min, 1e-5);
            Assert.AreEqual(values[^1], range.Max, 1e-5);
            double width = (values[^1] - values[0]) / RangeMeter.BinCount;
            Assert.AreEqual(values[(int)(0.05 * values.Length)], cut[quantization.Measured[i]].Min, 2 * width, "5 % are below");
            Assert.AreEqual(values[(int)(0.95 * values.Length)], cut[quantization.Measured[i]].Max, 0.02 * (values[^1] - values[0]), "5 % are above");
        }
    }

    [TestMethod]
    public void The_file_has_the_weights_as_plain_arithmetic_rounds_them()
    {
        using var folder = new TemporaryFolder();
        foreach (OnnxPrecision precision in new[] { OnnxPrecision.DynamicInt8, OnnxPrecision.StaticInt8 })
        {
            Model.Value.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(precision) { Data = Data });
            ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder["model.onnx"]));
            TensorProto[] weights = [.. model.Graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Int8 && tensor.Dims.Count == 2)];
            Assert.HasCount(3, weights);
            for (int layer = 0; layer < 3; layer++)
            {
                (float[] kernel, _, int units) = Layer(layer);
                string scaleName = weights[layer].Name.Replace("int8", "scale", StringComparison.Ordinal);
                float[] scales = OnnxWeights.Values(model.Graph.Initializer.Single(tensor => tensor.Name == scaleName));
                for (int i = 0; i < kernel.Length; i++)
                {
                    float scale = kernel.Where((_, k) => k % units == i % units).Max(Math.Abs) / 127;
                    Assert.AreEqual(scale, scales[i % units]);
                    Assert.AreEqual(Math.Round(kernel[i] / scale), (sbyte)weights[layer].RawData[i]);
                }
            }
        }
    }

    [TestMethod]
    public void A_bias_far_larger_than_all_products_fits()
    {
        NeuralNetworkTransformer model = Model.Value.WithWeights("dense", Layer(0).Kernel.Select(weight => weight * 1e-12f).ToArray(), Layer(0).Bias.Select((_, i) => i % 2 == 0 ? 100f : -3f).ToArray());
        using var folder = new TemporaryFolder();
        OnnxExportReport report = model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.StaticInt8) { Data = Data });
        float score = model.Transform(Data).GetColumn<float>("Score").Max(Math.Abs);
        Assert.IsLessThan(0.02 * score, report.Outputs[0].MaxDifference);
    }

    [TestMethod]
    public void Weights_that_are_no_numbers_stay()
    {
        NeuralNetworkTransformer model = Model.Value.WithWeights("dense_1", Layer(1).Kernel.Select(_ => float.NaN).ToArray(), Layer(1).Bias);
        using var folder = new TemporaryFolder();
        OnnxExportReport report = model.ExportOnnx(folder["model.onnx"], new OnnxExportOptions(OnnxPrecision.DynamicInt8));
        Assert.AreEqual("dense_1: Gemm stays float32: its weights are not all finite", report.Layers[1].ToString());
    }

    private static IReadOnlyDictionary<string, ValueRange> Measure(ModelProto model, IReadOnlyList<string> values, double percentile)
    {
        TrainedNetwork network = NetworkOf(Model.Value);
        using var scorer = new OnnxScorer(network);
        var schema = ScoredSchema.Create(network, [.. network.Outputs.Select(ScoreColumns.Create)], Data.Schema, "data");
        return Calibration.Measure(model, values, new ExampleBatches(Catalogs.GetEnvironment(Ml.Regression), Data, schema, scorer, 256), percentile);
    }

    /// <summary>The values that go into each layer, and the score.</summary>
    private static double[][] Forward(float[] row)
    {
        var values = new List<double[]> { row.Select(value => (double)value).ToArray() };
        for (int layer = 0; layer < 3; layer++)
        {
            (float[] kernel, float[] bias, int units) = Layer(layer);
            double[] sums = [.. Enumerable.Range(0, units).Select(unit => bias[unit] + values[^1].Select((x, i) => x * kernel[(i * units) + unit]).Sum())];
            values.Add(layer < 2 ? [.. sums.Select(sum => Math.Max(0, sum))] : sums);
        }

        return [.. values];
    }

    /// <summary>
    /// With x off by e, its step s, and weights of step t, a product is off by at most |w| (e + s/2) + (|x| + e + s/2) t/2; a bias by half of s t.
    /// ReLU makes no error larger.
    /// </summary>
    private static double Bound(float[] row, OnnxPrecision precision, bool perChannel, int largest)
    {
        double[][] forward = Forward(row);
        double[][][] all = precision == OnnxPrecision.StaticInt8 ? [.. Rows.Select(Forward)] : [forward];
        double[] errors = new double[row.Length];
        for (int layer = 0; layer < 3; layer++)
        {
            (float[] kernel, float[] bias, int units) = Layer(layer);
            // The range is that of this row, or of all of them; in the quantized network it is off by what its values are.
            double slack = precision == OnnxPrecision.DynamicInt8 ? 2 * errors.Max() : 0;
            double step = (Math.Max(0, all.Max(values => values[layer].Max())) - Math.Min(0, all.Min(values => values[layer].Min())) + slack) / 255;
            double[] steps = [.. Enumerable.Range(0, units).Select(unit => kernel.Where((_, k) => !perChannel || k % units == unit).Max(Math.Abs) / (double)largest)];
            // A value beyond the range is cut off, which is no further from the right one than it was. The zero point is rounded too.
            double[] inputs = [.. errors.Select(error => error + step)];
            errors = [.. Enumerable.Range(0, units).Select(unit => (step * steps[unit]) + 1e-5 + inputs.Select((error, i) =>
                (Math.Abs(kernel[(i * units) + unit]) * error) + ((Math.Abs(forward[layer][i]) + error) * steps[unit] / 2)).Sum())];
        }

        return errors[0];
    }

    /// <summary>Weights, inputs, sums and biases are each off by at most 2^-11 of themselves.</summary>
    private static double HalfBound(float[] row)
    {
        const double Half = 1 / 2048.0;
        double[][] forward = Forward(row);
        double[] errors = new double[row.Length];
        for (int layer = 0; layer < 3; layer++)
        {
            (float[] kernel, float[] bias, int units) = Layer(layer);
            errors = [.. Enumerable.Range(0, units).Select(unit => (4 * Half * Math.Abs(bias[unit])) + 1e-5 + forward[layer].Select((x, i) =>
                Math.Abs(kernel[(i * units) + unit]) * ((1.01 * errors[i]) + (4 * Half * Math.Abs(x)))).Sum())];
        }

        return errors[0];
    }

    private static (float[] Kernel, float[] Bias, int Units) Layer(int index)
    {
        float[] bias = Model.Value.Model.GetWeight($"{LayerNames[index]}/bias");
        return (Model.Value.Model.GetWeight($"{LayerNames[index]}/kernel"), bias, bias.Length);
    }

    private static TrainedNetwork NetworkOf(NeuralNetworkTransformer model) => model.Model.Trained;
}
