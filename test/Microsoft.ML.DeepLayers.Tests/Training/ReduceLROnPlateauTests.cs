using CsCheck;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class ReduceLROnPlateauTests
{
    /// <summary>The cases of keras/src/callbacks/reduce_lr_on_plateau_test.py: with such a least difference, nothing ever improves but the first epoch.</summary>
    [TestMethod]
    public void Worked_cases_as_Keras_has_them()
    {
        double[] two = [0.9, 0.8], four = [0.9, 0.8, 0.7, 0.6];
        Assert.AreEqual(0.01, Watch(new ReduceLROnPlateau(patience: 1, minDelta: 100), 0.1, two)[^1], 1e-9);
        Assert.AreEqual(0.005, Watch(new ReduceLROnPlateau(patience: 1, minDelta: 10, minLearningRate: 0.005f), 0.1, four)[^1], 1e-9);
        Assert.AreEqual(0.001, Watch(new ReduceLROnPlateau(patience: 1, minDelta: 100, cooldown: 2), 0.1, four)[^1], 1e-9);
    }

    /// <summary>Against keras/src/callbacks/reduce_lr_on_plateau.py written out.</summary>
    [TestMethod]
    public void It_lowers_the_rate_when_Keras_would() => Property.Holds(
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Select(Gen.Bool, Gen.Bool), Gen.Int[0, 12].Array[1, 25]),
        example =>
        {
            (int patience, int delta, int cooldown, (bool upwards, bool bounded), int[] values) = example;
            var settings = new ReduceLROnPlateau(
                upwards ? "accuracy" : "loss", 0.3f, patience, delta / 10f, cooldown, bounded ? 0.004f : 0);
            // Values on a grid: a difference of exactly the least one would be decided by rounding.
            double[] metrics = [.. values.Select((value, i) => (value / 10.0) + (0.001 * i))];
            double[] expected = Keras(settings, upwards, 0.1, metrics), actual = Watch(settings, 0.1, metrics);
            for (int epoch = 0; epoch < metrics.Length; epoch++)
            {
                Assert.AreEqual(expected[epoch], actual[epoch], 1e-9 * expected[epoch], $"{settings}: epoch {epoch + 1} of {string.Join(' ', metrics)}");
            }
        },
        count: 500);

    [TestMethod]
    public void A_run_that_is_taken_up_again_goes_on_as_if_nothing_had_been() => Property.Holds(
        Gen.Select(Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[0, 12].Array[2, 20], Gen.Int[1, 19]),
        example =>
        {
            (int patience, int cooldown, int[] values, int stop) = example;
            var settings = new ReduceLROnPlateau("loss", 0.5f, patience, cooldown: cooldown);
            double[] metrics = [.. values.Select(value => value / 10.0)];
            CollectionAssert.AreEqual(Watch(settings, 0.1, metrics), Watch(settings, 0.1, metrics, interruptedAfter: stop));
        });

    [TestMethod]
    public void A_value_that_is_no_number_is_no_improvement() => CollectionAssert.AreEqual(
        new[] { 0.5, 0.25, 0.25 }, Watch(new ReduceLROnPlateau("loss", 0.5f, patience: 2), 0.5, double.NaN, double.NaN, 1));

    [TestMethod]
    public void Hundreds_of_reductions_do_not_end_training()
    {
        double[] rates = Watch(new ReduceLROnPlateau("loss", 0.1f, patience: 0), 0.1, [.. Enumerable.Repeat(1.0, 1000)]);
        Assert.IsTrue(rates.All(rate => rate is >= 0 and <= 0.1));
        Assert.IsLessThan(1e-300, rates[^1]);
    }

    [TestMethod]
    public void The_rate_of_a_training_falls_and_log_and_history_tell()
    {
        TestRun run = ScheduledTrainingTests.Linear(new SGD(0.08f), 4, new ReduceLROnPlateau("loss", 0.5f, patience: 1, minDelta: 100, cooldown: 2, minLearningRate: 0.03f));
        TrainingResult result = run.Train();
        double[] expected = [0.08, 0.08, 0.04, 0.04];
        for (int epoch = 0; epoch < 4; epoch++)
        {
            Assert.AreEqual(expected[epoch], result.History.Epochs[epoch].LearningRate, 1e-8);
        }

        Assert.AreEqual(
            FormattableString.Invariant($"epoch 2: loss has not improved on {result.History["loss"][0]:0.0000} for 1 epochs: the learning rate is reduced from 0.08 to 0.04."),
            run.Log[2]);
        Assert.EndsWith(" s - learning rate: 0.04", run.Log[3]);
        Assert.EndsWith("the learning rate is reduced from 0.04 to 0.03.", run.Log[^1]);
    }

    [TestMethod]
    public void Beside_a_schedule_it_multiplies_the_schedules_rates()
    {
        // 5 steps an epoch.
        TestRun run = ScheduledTrainingTests.Linear(new SGD(new StepDecay(0.08f, 5, 0.5f)), 3, new ReduceLROnPlateau("loss", 0.1f, patience: 1, minDelta: 100));
        double[] rates = [.. run.Train().History.Epochs.Select(epoch => epoch.LearningRate)];
        Assert.AreEqual(0.08, rates[0], 1e-8);
        Assert.AreEqual(0.04, rates[1], 1e-8);
        Assert.AreEqual(0.002, rates[2], 1e-8);
    }

    [TestMethod]
    public void Without_a_validation_set_its_metrics_cannot_be_watched() => Assert.StartsWith(
        "ReduceLROnPlateau watches 'val_loss', but there is no validation set.",
        Assert.ThrowsExactly<InvalidOperationException>(() => new ReduceLROnPlateau().Begin(FakeTraining.Run(hasValidation: false))).Message);

    [TestMethod]
    public void Invalid_settings_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new ReduceLROnPlateau(" "));
        foreach (float factor in (float[])[0, 1, -0.5f, float.NaN])
        {
            Assert.AreEqual("factor", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(factor: factor)).ParamName);
        }

        Assert.AreEqual("patience", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(patience: -1)).ParamName);
        Assert.AreEqual("minDelta", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(minDelta: -1)).ParamName);
        Assert.AreEqual("cooldown", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(cooldown: -1)).ParamName);
        Assert.AreEqual("minLearningRate", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ReduceLROnPlateau(minLearningRate: -1)).ParamName);
    }

    /// <summary>The rate after each epoch.</summary>
    private static double[] Watch(ReduceLROnPlateau settings, double rate, params double[] values) => Watch(settings, rate, values, int.MaxValue);

    private static double[] Watch(ReduceLROnPlateau settings, double rate, double[] values, int interruptedAfter)
    {
        var fake = new FakeTraining { LearningRate = rate };
        TrainingRun training = fake.ToRun();
        CallbackRun run = settings.Begin(training);
        var rates = new List<double>();
        for (int epoch = 1; epoch <= values.Length; epoch++)
        {
            if (epoch == interruptedAfter + 1)
            {
                IReadOnlyDictionary<string, double> state = run.GetState();
                double factor = training.LearningRateFactor;
                training = fake.ToRun();
                training.LearningRateFactor = factor;
                run = settings.Begin(training);
                run.SetState(state);
            }

            run.OnEpochEnd(new EpochResult(epoch, new Dictionary<string, double> { [settings.Monitor] = values[epoch - 1] }, fake.LearningRate, 0));
            // The training itself multiplies by the factor.
            fake.LearningRate = rate * training.LearningRateFactor;
            rates.Add(fake.LearningRate);
        }

        return [.. rates];
    }

    private static double[] Keras(ReduceLROnPlateau settings, bool upwards, double rate, double[] values)
    {
        double best = upwards ? double.NegativeInfinity : double.PositiveInfinity;
        int wait = 0, cooldownCounter = 0;
        var rates = new List<double>();
        foreach (double current in values)
        {
            if (cooldownCounter > 0)
            {
                cooldownCounter--;
                wait = 0;
            }

            if (upwards ? current > best + settings.MinDelta : current < best - settings.MinDelta)
            {
                (best, wait) = (current, 0);
            }
            else if (cooldownCounter <= 0)
            {
                wait++;
                if (wait >= settings.Patience && (float)rate > settings.MinLearningRate)
                {
                    rate = Math.Max(rate * settings.Factor, settings.MinLearningRate);
                    (cooldownCounter, wait) = (settings.Cooldown, 0);
                }
            }

            rates.Add(rate);
        }

        return [.. rates];
    }
}
