using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Networks;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Networks that read several columns and predict several things at once.</summary>
[TestClass]
public sealed class SeveralOutputsTests
{
    private static readonly MLContext Ml = new(seed: 1);

    private static readonly OutputOptions[] Outputs =
    [
        new("number", "Number"), new("flag", "Flag", PredictionTask.BinaryClassification),
        new("kind", "Kind", PredictionTask.MulticlassClassification, lossWeight: 0.5f), new("both", "Both"),
    ];

    private static readonly IDataView Data = View(400, seed: 1);
    private static readonly IDataView Test = View(200, seed: 2);
    private static readonly Lazy<NeuralNetworkTransformer> Model = new(() => Trainer().Fit(Data));

    [TestMethod]
    public void Promised_columns_are_delivered_saved_and_loaded() => EstimatorConformance.Check(Ml, Trainer(epochs: 1), Data);

    [TestMethod]
    public void Each_output_is_learned_and_evaluated_by_its_own_columns()
    {
        IDataView scored = Model.Value.Transform(Test);
        Assert.IsGreaterThan(0.95, Ml.Regression.Evaluate(scored, "Number", "number").RSquared);
        Assert.IsGreaterThan(0.9, Ml.BinaryClassification.Evaluate(scored, "Flag", "flag", "flag.Probability", "flag.PredictedLabel").Accuracy);
        Assert.IsGreaterThan(0.85, Ml.MulticlassClassification.Evaluate(scored, "Kind", "kind", "kind.PredictedLabel").MicroAccuracy);
        foreach (Prediction row in Ml.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false))
        {
            Assert.AreEqual(row.Both[0], row.BothLabel[0], 0.5f);
            Assert.AreEqual(row.Both[1], row.BothLabel[1], 0.5f);
        }
    }

    [TestMethod]
    public void Columns_bear_the_outputs_names()
    {
        DataViewSchema schema = Model.Value.GetOutputSchema(Data.Schema);
        string[] added = [.. schema.Skip(Data.Schema.Count).Select(column => $"{column.Name}: {column.Type}")];
        CollectionAssert.AreEqual(
            new[]
            {
                "number: Single", "flag.PredictedLabel: Boolean", "flag: Single", "flag.Probability: Single",
                "kind.PredictedLabel: Key<UInt32, 0-2>", "kind: Vector<Single, 3>", "both: Vector<Single, 2>",
            },
            added);
        uint[] sets = [.. schema.Skip(Data.Schema.Count).Select(column =>
        {
            uint set = 0;
            column.Annotations.GetValue("ScoreColumnSetId", ref set);
            return set;
        })];
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2, 2, 3, 3, 4 }, sets);
    }

    [TestMethod]
    public void History_has_the_loss_of_all_and_figures_of_each()
    {
        EpochResult last = Model.Value.History.Epochs[^1];
        CollectionAssert.AreEqual(
            new[] { "loss", "number_loss", "number_mae", "flag_loss", "flag_accuracy", "kind_loss", "kind_accuracy", "both_loss", "both_mae" },
            last.Metrics.Keys.ToArray());
        double sum = last.Metrics["number_loss"] + last.Metrics["flag_loss"] + (0.5 * last.Metrics["kind_loss"]) + last.Metrics["both_loss"];
        Assert.AreEqual(sum, last.Metrics["loss"], 1e-5 * sum);
    }

    [TestMethod]
    public void One_row_is_predicted_as_many_are()
    {
        using PredictionEngine<Row, Prediction> engine = Ml.Model.CreatePredictionEngine<Row, Prediction>(Model.Value, new PredictionEngineOptions { OwnsTransformer = false });
        Row[] rows = Rows(5, seed: 3);
        Prediction[] together = [.. Ml.Data.CreateEnumerable<Prediction>(Model.Value.Transform(View(rows)), reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            Prediction alone = engine.Predict(rows[i]);
            Assert.AreEqual(together[i].Number, alone.Number, 1e-5f);
            Assert.AreEqual(together[i].Probability, alone.Probability, 1e-5f);
            Assert.AreEqual(together[i].Both[1], alone.Both[1], 1e-5f);
        }
    }

    [TestMethod]
    public void The_file_for_others_names_all_outputs()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        try
        {
            Model.Value.ExportOnnx(path);
            using var session = new InferenceSession(path);
            CollectionAssert.AreEquivalent(new[] { "Left", "Right" }, session.InputMetadata.Keys.ToArray());
            CollectionAssert.AreEquivalent(new[] { "number", "flag", "flag.Probability", "kind", "both" }, session.OutputMetadata.Keys.ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Training_goes_on_from_it()
    {
        NeuralNetworkOptions options = Options(1);
        options.InitialModel = Model.Value;
        NeuralNetworkTransformer more = Ml.Regression.Trainers.NeuralNetwork(Network(), options).Fit(Data);
        Assert.HasCount(Model.Value.History.Epochs.Count + 1, more.History.Epochs);
        Assert.IsLessThan(Model.Value.History.Epochs[^1].Metrics["loss"] * 2, more.History.Epochs[^1].Metrics["loss"]);
    }

    [TestMethod]
    public void A_vector_label_gives_a_vector_of_predictions()
    {
        NeuralNetworkTransformer model = Ml.Regression.Trainers
            .NeuralNetwork(new Sequential { new Dense(16, Activation.Tanh) }, "Both", "Left", epochs: 40, learningRate: 0.01f).Fit(Data);
        Assert.AreEqual("Vector<Single, 2>", model.GetOutputSchema(Data.Schema)["Score"].Type.ToString());
        Assert.IsLessThan(0.3, model.History.Epochs[^1].Metrics["mae"]);
        EstimatorConformance.Check(Ml, Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, "Both", "Left", epochs: 1), Data);
    }

    [TestMethod]
    public void Outputs_without_labels_unknown_ones_and_repeated_ones_are_refused()
    {
        AssertRefused("The network has 4 outputs: 'number', 'flag', 'kind', 'both'. Say in NeuralNetworkOptions.Outputs", []);
        AssertRefused("names 'price', but the network's outputs are 'number', 'flag', 'kind', 'both'", [.. Outputs, new("price", "Number")]);
        AssertRefused("names the network's output 'both' nowhere", Outputs[..3]);
        AssertRefused("names the network's output 'both' more than once", [.. Outputs, Outputs[3]]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Ml.Regression.Trainers.NeuralNetwork(Network(), new NeuralNetworkOptions
        {
            Outputs = [new("number", "Flag"), Outputs[1], Outputs[2], Outputs[3]],
        }).Fit(Data));
        StringAssert.Contains(error.Message, "Label column 'Flag' is of type Boolean, but Regression needs a number");
        Assert.AreEqual("lossWeight", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OutputOptions("a", "b", lossWeight: 0)).ParamName);
    }

    private static void AssertRefused(string message, OutputOptions[] outputs) => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => Ml.Regression.Trainers.NeuralNetwork(Network(), new NeuralNetworkOptions { Outputs = outputs })).Message,
        message);

    private static NeuralNetworkTrainer Trainer(int epochs = 40) => Ml.Regression.Trainers.NeuralNetwork(Network(), Options(epochs));

    private static NeuralNetworkOptions Options(int epochs) => new() { Epochs = epochs, Outputs = [.. Outputs], Optimizer = new Adam(0.01f), Seed = 1 };

    /// <summary>Two columns meet; four outputs part.</summary>
    private static Network Network()
    {
        Input left = new(new Shape(2), column: "Left"), right = new(null, column: "Right");
        LayerOutput body = new Dense(16, Activation.Tanh).Apply(new Join().Apply(new Dense(16).Apply(left), new Dense(16).Apply(right)));
        return new Network([left, right], new Dictionary<string, LayerOutput> { ["number"] = body, ["flag"] = body, ["kind"] = body, ["both"] = body });
    }

    private static Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] x = [.. Enumerable.Range(0, 3).Select(_ => (float)((2 * random.NextDouble()) - 1))];
            float sum = x[0] + x[1] - x[2];
            return new Row { Left = [x[0], x[1]], Right = x[2], Number = sum, Flag = sum > 0, Name = sum > 0.5f ? "high" : sum < -0.5f ? "low" : "middle", Both = [x[0] + x[1], x[0] - x[1]] };
        })];
    }

    private static IDataView View(int count, int seed) => View(Rows(count, seed));

    private static IDataView View(Row[] rows)
    {
        IDataView view = Ml.Data.LoadFromEnumerable(rows);
        var names = Ml.Data.LoadFromEnumerable(new[] { new { Name = "low" }, new { Name = "middle" }, new { Name = "high" } });
        return Ml.Transforms.Conversion.MapValueToKey("Kind", "Name", keyData: names).Fit(view).Transform(view);
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Left { get; set; } = [];

        public float Right { get; set; }

        public float Number { get; set; }

        public bool Flag { get; set; }

        public string Name { get; set; } = "";

        [VectorType(2)]
        public float[] Both { get; set; } = [];
    }

    private sealed class Prediction
    {
        [ColumnName("number")]
        public float Number { get; set; }

        [ColumnName("flag.Probability")]
        public float Probability { get; set; }

        [ColumnName("both")]
        public float[] Both { get; set; } = [];

        [ColumnName("Both")]
        public float[] BothLabel { get; set; } = [];
    }
}
