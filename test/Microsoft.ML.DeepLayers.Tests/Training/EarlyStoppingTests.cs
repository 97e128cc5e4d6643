using System.Globalization;
using CsCheck;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class EarlyStoppingTests
{
    private static readonly string[] Metrics = ["loss", "accuracy", "val_loss", "val_accuracy"];

    [TestMethod]
    public void A_metric_that_gets_worse_is_borne_for_as_long_as_the_patience_says()
    {
        // The best is epoch 2; with patience 3, epochs 3, 4 and 5 are borne and the fifth is the last.
        Outcome outcome = Watch(new EarlyStopping("loss", patience: 3), 1, 0.5, 0.6, 0.5, 0.7, 0.1);
        Assert.AreEqual(new Outcome(StoppedAfter: 5, BestEpoch: 2), outcome);
        Assert.AreEqual(new Outcome(null, 3), Watch(new EarlyStopping("loss", patience: 3), 1, 0.9, 0.5, 0.6, 0.6));
        Assert.AreEqual(new Outcome(2, 1), Watch(new EarlyStopping("loss", patience: 1), 1, 1));
        Assert.AreEqual(new Outcome(2, 1), Watch(new EarlyStopping("loss", patience: 0), 1, 1, 0));
    }

    [TestMethod]
    public void An_improvement_below_the_least_difference_does_not_count()
    {
        Assert.AreEqual(new Outcome(3, 1), Watch(new EarlyStopping("loss", patience: 2, minDelta: 0.1f), 1, 0.95, 0.91, 0.5));
        Assert.AreEqual(new Outcome(null, 3), Watch(new EarlyStopping("loss", patience: 2, minDelta: 0.1f), 1, 0.95, 0.85));
    }

    [TestMethod]
    public void Accuracies_are_to_grow_and_all_else_to_shrink()
    {
        Assert.AreEqual(new Outcome(null, 4), Watch(new EarlyStopping("accuracy", patience: 1), 0.1, 0.2, 0.3, 0.4));
        Assert.AreEqual(new Outcome(2, 1), Watch(new EarlyStopping("val_accuracy", patience: 1), 0.4, 0.3));
        Assert.AreEqual(new Outcome(2, 1), Watch(new EarlyStopping("val_loss", patience: 1), 0.1, 0.2));
    }

    [TestMethod]
    public void A_first_value_that_is_no_number_is_no_best() => Assert.AreEqual(new Outcome(null, 3), Watch(new EarlyStopping("loss", patience: 2), double.NaN, 2, 1, 3));

    /// <summary>Against keras/src/callbacks/early_stopping.py written out.</summary>
    [TestMethod]
    public void It_stops_where_Keras_would_and_knows_the_same_best_epoch() => Property.Holds(
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 20].Array[1, 15]),
        example =>
        {
            (int patience, int delta, bool upwards, int[] values) = example;
            var settings = new EarlyStopping(upwards ? "accuracy" : "loss", patience, delta / 10f);
            double[] metrics = [.. values.Select(value => value / 10.0)];
            // Values on a grid: a difference of exactly the least one would be decided by rounding.
            Assert.AreEqual(Keras(settings, upwards, [.. metrics.Select((value, i) => value + (0.001 * i))]), Watch(settings, [.. metrics.Select((value, i) => value + (0.001 * i))]));
        },
        count: 300);

    [TestMethod]
    public void The_best_weights_are_put_back_exactly()
    {
        TestRun run = Forgetful(12, new EarlyStopping("val_loss", patience: 4));
        TrainingResult result = run.Train();
        IReadOnlyList<double> losses = result.History["val_loss"];
        int best = 1 + Enumerable.Range(0, losses.Count).MinBy(epoch => losses[epoch]);
        Assert.AreEqual(best + 4, losses.Count, "four epochs were borne");
        Assert.IsLessThan(12, losses.Count);
        Assert.AreEqual(best, result.History.BestEpoch);
        // The weights of a run that ends with the best epoch, to the bit.
        WeightAssert.AreEqual(Forgetful(best).Train().Weights, result.Weights);
        WeightAssert.AreNotEqual(Forgetful(best + 4).Train().Weights, result.Weights);
        Assert.AreEqual(
            $"Early stopping: val_loss has not improved on {losses[best - 1].ToString("0.0000", CultureInfo.InvariantCulture)} (epoch {best}) for 4 epochs.",
            run.Log[^1]);
    }

    [TestMethod]
    public void The_best_weights_are_put_back_also_where_training_was_not_stopped()
    {
        TrainingResult result = Forgetful(12, new EarlyStopping("val_loss", patience: 1000)).Train();
        Assert.HasCount(12, result.History.Epochs);
        Assert.IsLessThan(12, result.History.BestEpoch!.Value);
        WeightAssert.AreEqual(Forgetful(result.History.BestEpoch.Value).Train().Weights, result.Weights);
    }

    [TestMethod]
    public void On_wish_the_last_weights_stay()
    {
        TrainingResult result = Forgetful(12, new EarlyStopping("val_loss", patience: 2, restoreBestWeights: false)).Train();
        Assert.IsNull(result.History.BestEpoch);
        Assert.IsLessThan(12, result.History.Epochs.Count);
        WeightAssert.AreEqual(Forgetful(result.History.Epochs.Count).Train().Weights, result.Weights);
    }

    [TestMethod]
    public void Running_statistics_are_put_back_with_the_weights()
    {
        Sequential body = [new BatchNormalization(momentum: 0.5f), new Dense(4, Activation.Tanh)];
        TrainingResult result = (Forgetful(12, new EarlyStopping("val_loss", patience: 2)) with { Body = body }).Train();
        Assert.IsLessThan(result.History.Epochs.Count, result.History.BestEpoch!.Value);
        WeightAssert.AreEqual((Forgetful(result.History.BestEpoch.Value) with { Body = body }).Train().Weights, result.Weights);
    }

    [TestMethod]
    public void Without_a_validation_set_its_metrics_cannot_be_watched()
    {
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Callbacks = { new EarlyStopping() } } };
        Assert.AreEqual(
            "EarlyStopping watches 'val_loss', but there is no validation set. Set NeuralNetworkOptions.ValidationFraction, call Fit(train, validation), or watch 'loss'.",
            Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
    }

    [TestMethod]
    public void A_metric_that_is_not_measured_lists_those_that_are()
    {
        TestRun run = new() { Training = Rows.Line(8), Validation = Rows.Line(4), Options = new() { Callbacks = { new EarlyStopping("val_accuracy") } } };
        Assert.AreEqual(
            "EarlyStopping watches 'val_accuracy', which is not measured. Measured are: loss, mae, val_loss, val_mae.",
            Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
        TestRun classifier = run with { Head = new BinaryHead(), Validation = null, Options = new() { Callbacks = { new EarlyStopping("mae") } } };
        Assert.EndsWith("Measured are: loss, accuracy.", Assert.ThrowsExactly<InvalidOperationException>(() => classifier.Train()).Message);
    }

    [TestMethod]
    public void Invalid_settings_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new EarlyStopping(" "));
        Assert.ThrowsExactly<ArgumentNullException>(() => new EarlyStopping(null!));
        Assert.AreEqual("patience", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopping(patience: -1)).ParamName);
        Assert.AreEqual("minDelta", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopping(minDelta: -0.1f)).ParamName);
        Assert.AreEqual("minDelta", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopping(minDelta: float.NaN)).ParamName);
    }

    /// <summary>A run whose validation loss first falls and then rises: the validation labels contradict the training labels.</summary>
    private static TestRun Forgetful(int epochs, params Callback[] callbacks) => new()
    {
        Training = Rows.Make(40, 3, x => x[0] + x[1]),
        Validation = Rows.Make(20, 3, x => 0.5f * x[0], seed: 2),
        Body = [new Dense(4, Activation.Tanh)],
        Seed = 3,
        Options = new() { Epochs = epochs, BatchSize = 10, Optimizer = new SGD(0.1f), Callbacks = [.. callbacks] },
    };

    private static Outcome Watch(EarlyStopping settings, params double[] values)
    {
        var training = FakeTraining.Run(hasValidation: true);
        CallbackRun run = settings.Begin(training);
        int epoch = 0;
        while (epoch < values.Length && !training.StopRequested)
        {
            run.OnEpochBegin(epoch + 1);
            run.OnEpochEnd(new EpochResult(epoch + 1, new Dictionary<string, double> { [settings.Monitor] = values[epoch] }, 0.1, 0));
            epoch++;
        }

        run.OnTrainEnd();
        return new Outcome(training.StopRequested ? epoch : null, training.RestoredEpoch);
    }

    private static Outcome Keras(EarlyStopping settings, bool upwards, double[] values)
    {
        double? best = null;
        int wait = 0, bestEpoch = 0;
        for (int epoch = 0; epoch < values.Length; epoch++)
        {
            if (best is null)
            {
                (best, bestEpoch) = (values[epoch], epoch);
                continue;
            }

            wait++;
            if (upwards ? values[epoch] - settings.MinDelta > best : values[epoch] + settings.MinDelta < best)
            {
                (best, bestEpoch, wait) = (values[epoch], epoch, 0);
                continue;
            }

            if (wait >= settings.Patience && epoch > 0)
            {
                return new Outcome(epoch + 1, bestEpoch + 1);
            }
        }

        return new Outcome(null, bestEpoch + 1);
    }

    private sealed record Outcome(int? StoppedAfter, int? BestEpoch);
}
