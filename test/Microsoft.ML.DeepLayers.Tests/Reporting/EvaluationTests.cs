using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Reporting;

/// <summary>What is said of the validation set, against plain arithmetic over what Transform gives for it.</summary>
[TestClass]
[DoNotParallelize]
public sealed class EvaluationTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TrainerData.Row[] Rows = TrainerData.Rows(300, seed: 2);
    private static readonly IDataView Train = TrainerData.View(Ml, 200);
    private static readonly IDataView Validation = Ml.Data.LoadFromEnumerable(Rows);

    [TestMethod]
    public void Several_classes_are_counted_as_transform_decides()
    {
        (NeuralNetworkTransformer model, IDataView scored) = Fit(Ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label", 3)), "Class");
        EvaluationSummary summary = Assert.ContainsSingle(model.History.Evaluation);
        uint[] labels = [.. scored.GetColumn<uint>("Label").Select(key => key - 1)];
        uint[] predicted = [.. scored.GetColumn<uint>("PredictedLabel").Select(key => key - 1)];
        float[][] scores = [.. scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray())];
        Assert.AreEqual((PredictionTask.MulticlassClassification, 300L, null), (summary.Task, summary.Examples, summary.OutputName));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Label"].GetKeyValues(ref names);
        CollectionAssert.AreEqual(names.DenseValues().Select(name => name.ToString()).ToArray(), summary.ClassNames.ToArray());
        for (int label = 0; label < 3; label++)
        {
            for (int taken = 0; taken < 3; taken++)
            {
                Assert.AreEqual(labels.Zip(predicted).Count(pair => pair.First == label && pair.Second == taken), summary.ConfusionMatrix[label][taken]);
            }
        }

        Assert.AreEqual(labels.Zip(predicted).Average(pair => pair.First == pair.Second ? 1.0 : 0), summary.Accuracy!.Value, 1e-12);
        CheckCalibration(summary, [.. scores.Select(score => score.Max())], [.. labels.Zip(predicted, (label, taken) => label == taken)]);
        double[] losses = [.. scores.Zip(labels, (score, label) => -Math.Log(score[label]))];
        CheckWorst(summary, losses);
        Assert.AreEqual(model.History["val_loss"][^1], summary.Loss, 1e-5);
        Assert.AreEqual(model.History["val_accuracy"][^1], summary.Accuracy!.Value, 1e-6);
        foreach (EvaluatedExample example in summary.WorstExamples)
        {
            Assert.AreEqual(Rows[example.Row].Class, example.Label);
            Assert.AreEqual(summary.ClassNames[(int)predicted[example.Row]], example.Prediction);
            Assert.AreEqual(scores[example.Row].Max(), example.Probability!.Value, 1e-5);
        }
    }

    [TestMethod]
    public void Two_classes_are_counted_as_transform_decides()
    {
        NeuralNetworkTransformer model = TrainerPipelines.Binary(Ml, 3).Fit(Train, Validation);
        IDataView scored = model.Transform(Validation);
        EvaluationSummary summary = Assert.ContainsSingle(model.History.Evaluation);
        bool[] predicted = [.. scored.GetColumn<bool>("PredictedLabel")];
        float[] probabilities = [.. scored.GetColumn<float>("Probability")];
        CollectionAssert.AreEqual(new[] { "False", "True" }, summary.ClassNames.ToArray());
        for (int i = 0; i < 4; i++)
        {
            (bool label, bool taken) = (i / 2 == 1, i % 2 == 1);
            Assert.AreEqual(Rows.Zip(predicted).Count(pair => pair.First.Flag == label && pair.Second == taken), summary.ConfusionMatrix[i / 2][i % 2]);
        }

        CheckCalibration(summary, probabilities, [.. Rows.Select(row => row.Flag)]);
        CheckWorst(summary, [.. Rows.Zip(probabilities, (row, p) => -Math.Log(row.Flag ? p : 1 - p))]);
        foreach (EvaluatedExample example in summary.WorstExamples)
        {
            Assert.AreEqual(Rows[example.Row].Flag.ToString(), example.Label);
            Assert.AreEqual(predicted[example.Row].ToString(), example.Prediction);
            float probability = probabilities[example.Row];
            Assert.AreEqual(predicted[example.Row] ? probability : 1 - probability, example.Probability!.Value, 1e-5);
        }
    }

    [TestMethod]
    public void Numbers_are_measured_as_transform_predicts()
    {
        NeuralNetworkTransformer model = TrainerPipelines.Regression(Ml, 3).Fit(Train, Validation);
        float[] scores = [.. model.Transform(Validation).GetColumn<float>("Score")];
        EvaluationSummary summary = Assert.ContainsSingle(model.History.Evaluation);
        RegressionFit fit = Assert.ContainsSingle(summary.Fits);
        RegressionMetrics expected = Ml.Regression.Evaluate(model.Transform(Validation), "Number");
        Assert.AreEqual(expected.MeanAbsoluteError, fit.MeanAbsoluteError, 1e-5);
        Assert.AreEqual(expected.RootMeanSquaredError, fit.RootMeanSquaredError, 1e-5);
        Assert.AreEqual(expected.RSquared, fit.RSquared, 1e-5);
        Assert.AreEqual(Rows.Zip(scores, (row, score) => (double)score - row.Number).Average(), fit.Bias, 1e-5);
        CheckWorst(summary, [.. Rows.Zip(scores, (row, score) => Math.Pow(score - row.Number, 2))]);
        Assert.HasCount(300, summary.Sample);
        foreach ((PredictedValue value, int i) in summary.Sample.Select((value, i) => (value, i)))
        {
            Assert.AreEqual(Rows[i].Number, value.Label);
            Assert.AreEqual(scores[i], value.Prediction, 1e-4);
        }

        EvaluatedExample worst = summary.WorstExamples[0];
        Assert.AreEqual(Rows[worst.Row].Number.ToString("G6", CultureInfo.InvariantCulture), worst.Label);
        Assert.AreEqual(scores[worst.Row], float.Parse(worst.Prediction, CultureInfo.InvariantCulture), 1e-4);
        Assert.IsNull(worst.Probability);
        Assert.IsNull(summary.Accuracy);
        Assert.IsNull(summary.CalibrationError);
        Assert.IsEmpty(summary.ConfusionMatrix);
    }

    [TestMethod]
    public void The_sample_of_many_examples_is_bounded_comes_from_all_of_them_and_is_the_same_each_time()
    {
        IDataView many = TrainerData.View(Ml, 5000, seed: 3);
        EvaluationSummary Run() => TrainerPipelines.Regression(new MLContext(seed: 1), 1).Fit(Train, many).History.Evaluation[0];
        EvaluationSummary summary = Run();
        Assert.AreEqual(5000, summary.Examples);
        Assert.HasCount(2000, summary.Sample);
        var places = many.GetColumn<float>("Number").Select((number, i) => (number, i)).GroupBy(pair => pair.number).ToDictionary(group => group.Key, group => group.First().i);
        Assert.AreEqual(2500, summary.Sample.Average(value => places[value.Label]), 200, "Later examples are as likely as earlier ones.");
        CollectionAssert.AreEqual(summary.Sample.ToArray(), Run().Sample.ToArray());
    }

    [TestMethod]
    public void Of_vector_labels_the_first_four_values_are_shown()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(TrainerData.Rows(50).Select(row => new VectorRow
        {
            Features = row.Features,
            Targets = [row.Number, -row.Number, 1, 2 * row.Number, 5, 6],
        }));
        NeuralNetworkTransformer model = Ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Targets", 1)).Fit(data, data);
        EvaluationSummary summary = Assert.ContainsSingle(model.History.Evaluation);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, summary.Fits.Select(fit => fit.Value).ToArray());
        Assert.IsTrue(double.IsNaN(summary.Fits[2].RSquared), "Labels that are all equal explain nothing.");
        Assert.HasCount(200, summary.Sample);
        StringAssert.EndsWith(summary.WorstExamples[0].Label, ", ...");
        Assert.HasCount(5, summary.WorstExamples[0].Label.Split(", "));
        float[][] scores = TrainerPipelines.Scores(Ml, model, data);
        Assert.AreEqual(scores.Average(score => Math.Abs((double)score[2] - 1)), summary.Fits[2].MeanAbsoluteError, 1e-5);
    }

    [TestMethod]
    public void Each_output_has_its_own()
    {
        var input = new Input(TrainerData.FeatureCount);
        var hidden = new Dense(8, Activation.ReLU).Apply(input);
        var network = new Network([input], new Dictionary<string, LayerOutput> { ["number"] = new Dense(4).Apply(hidden), ["flag"] = new Dense(4).Apply(hidden) });
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", 1);
        options.Outputs.Add(new OutputOptions(network.Graph.OutputNames[0], "Number"));
        options.Outputs.Add(new OutputOptions(network.Graph.OutputNames[1], "Flag", PredictionTask.BinaryClassification));
        NeuralNetworkTransformer model = Ml.Regression.Trainers.NeuralNetwork(network, options).Fit(Train, Validation);
        CollectionAssert.AreEqual(network.Graph.OutputNames.ToArray(), model.History.Evaluation.Select(summary => summary.OutputName).ToArray());
        Assert.HasCount(1, model.History.Evaluation[0].Fits);
        Assert.HasCount(2, model.History.Evaluation[1].ConfusionMatrix);
    }

    [TestMethod]
    public void It_is_saved_and_loaded_with_the_model()
    {
        foreach (string task in new[] { "binary", "regression" })
        {
            var trainer = (NeuralNetworkTrainer)TrainerPipelines.ForTask(Ml, task, 1);
            NeuralNetworkTransformer model = trainer.Fit(Train, Validation);
            var loaded = (NeuralNetworkTransformer)ModelZips.Load(ModelZips.Save(Ml, model, Train.Schema));
            Assert.AreEqual(HistoryJson.Write(model.History), HistoryJson.Write(loaded.History));
            EvaluationSummary before = model.History.Evaluation[0], after = Assert.ContainsSingle(loaded.History.Evaluation);
            CollectionAssert.AreEqual(before.WorstExamples.ToArray(), after.WorstExamples.ToArray());
            CollectionAssert.AreEqual(before.Sample.ToArray(), after.Sample.ToArray());
            CollectionAssert.AreEqual(before.Calibration.ToArray(), after.Calibration.ToArray());
            Assert.AreEqual(before.CalibrationError, after.CalibrationError);
            Assert.AreEqual(model.History.Environment, loaded.History.Environment);
            Assert.AreEqual("output", loaded.History.Outline!.Nodes[^1].Name);
            Assert.AreEqual(trainer.Network.ToString(), model.Network.ToString());
        }
    }

    [TestMethod]
    public void The_environment_is_recorded()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;
        TrainingEnvironment environment = TrainerPipelines.Regression(new MLContext(seed: 7), 1).Fit(Train).History.Environment!;
        Assert.IsTrue(environment.Started >= before && environment.Started <= DateTimeOffset.UtcNow);
        Assert.IsGreaterThan(0, environment.Seconds);
        Assert.AreEqual("cpu", environment.Device);
        Assert.AreEqual(Environment.ProcessorCount, environment.Processors);
        StringAssert.StartsWith(environment.LibraryVersion, "0.");
        StringAssert.StartsWith(environment.TorchSharpVersion, "0.");
        StringAssert.StartsWith(environment.Framework, ".NET");
        Assert.AreNotEqual("", environment.OperatingSystem);
    }

    [TestMethod]
    public void Without_validation_data_there_is_none() => Assert.IsEmpty(TrainerPipelines.Regression(Ml, 1).Fit(Train).History.Evaluation);

    [TestMethod]
    public void A_held_out_fraction_is_a_validation_set()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Flag", 1);
        options.ValidationFraction = 0.25f;
        Assert.AreEqual(50, Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Train).History.Evaluation[0].Examples);
    }

    [TestMethod]
    public void Beyond_256_classes_no_matrix_is_kept()
    {
        var rows = Enumerable.Range(0, 300).Select(i => new KeyRow { Features = [i / 300f], Label = (uint)i }).ToArray();
        var schema = SchemaDefinition.Create(typeof(KeyRow));
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 300);
        IDataView data = Ml.Data.LoadFromEnumerable(rows, schema);
        EvaluationSummary summary = Ml.MulticlassClassification.Trainers
            .NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label", 1)).Fit(data, data).History.Evaluation[0];
        Assert.IsEmpty(summary.ConfusionMatrix);
        Assert.IsEmpty(summary.ClassNames);
        Assert.AreEqual((summary.WorstExamples[0].Row + 1).ToString(CultureInfo.InvariantCulture), summary.WorstExamples[0].Label);
    }

    [TestMethod]
    public void It_leaves_no_tensor_behind()
    {
        void Round() => TrainerPipelines.Binary(Ml, 1).Fit(Train, Validation).Dispose();
        Round();
        long tensors = LiveTensors.Count();
        Round();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void A_training_cancelled_while_it_is_measured_keeps_its_model()
    {
        using var cancellation = new CancellationTokenSource();
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", 2);
        options.KeepModelWhenCancelled = true;
        options.CancellationToken = cancellation.Token;
        options.Callbacks.Add(new CancelAtTheEnd(cancellation));
        NeuralNetworkTransformer model = Ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Train, Validation);
        Assert.HasCount(2, model.History.Epochs);
        Assert.IsEmpty(model.History.Evaluation);
    }

    private static (NeuralNetworkTransformer Model, IDataView Scored) Fit(NeuralNetworkTrainer trainer, string label)
    {
        ITransformer keys = Ml.Transforms.Conversion.MapValueToKey("Label", label).Fit(Train);
        NeuralNetworkTransformer model = trainer.Fit(keys.Transform(Train), keys.Transform(Validation));
        return (model, model.Transform(keys.Transform(Validation)));
    }

    private static void CheckCalibration(EvaluationSummary summary, float[] probabilities, bool[] hits)
    {
        Assert.HasCount(10, summary.Calibration);
        double error = 0;
        for (int bin = 0; bin < 10; bin++)
        {
            int[] members = [.. Enumerable.Range(0, hits.Length).Where(i => Math.Min(9, (int)(probabilities[i] * 10)) == bin)];
            CalibrationBin actual = summary.Calibration[bin];
            Assert.AreEqual(members.Length, actual.Count, $"bin {bin}");
            if (members.Length > 0)
            {
                Assert.AreEqual(members.Average(i => probabilities[i]), actual.MeanProbability, 1e-5);
                Assert.AreEqual(members.Average(i => hits[i] ? 1.0 : 0), actual.Frequency, 1e-12);
                error += Math.Abs(members.Sum(i => probabilities[i] - (hits[i] ? 1 : 0)));
            }
        }

        Assert.AreEqual(error / hits.Length, summary.CalibrationError!.Value, 1e-5);
    }

    private static void CheckWorst(EvaluationSummary summary, double[] losses)
    {
        int[] expected = [.. Enumerable.Range(0, losses.Length).OrderByDescending(i => losses[i]).Take(10)];
        CollectionAssert.AreEqual(expected, summary.WorstExamples.Select(example => (int)example.Row).ToArray());
        Assert.AreEqual(losses.Average(), summary.Loss, 1e-4);
        foreach (EvaluatedExample example in summary.WorstExamples)
        {
            Assert.AreEqual(losses[example.Row], example.Loss, 1e-4);
        }
    }

    private sealed record CancelAtTheEnd(CancellationTokenSource Cancellation) : Callback
    {
        public override CallbackRun Begin(TrainingRun run) => new Run(Cancellation);

        private sealed class Run(CancellationTokenSource cancellation) : CallbackRun
        {
            public override void OnTrainEnd() => cancellation.Cancel();
        }
    }

    private sealed class VectorRow
    {
        [VectorType(TrainerData.FeatureCount)]
        public float[] Features { get; set; } = [];

        [VectorType(6)]
        public float[] Targets { get; set; } = [];
    }

    private sealed class KeyRow
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
