using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
[DoNotParallelize]
public sealed class LearningRateFinderTests
{
    private readonly MLContext ml = new(seed: 1);

    public static IEnumerable<object[]> Kinds => [[(Func<float, Optimizer>)(rate => new SGD(rate)), "SGD"], [(Func<float, Optimizer>)(rate => new Adam(rate)), "Adam"], [(Func<float, Optimizer>)(rate => new SGD(rate, 0.9f)), "momentum"]];

    /// <summary>What it is for: a few epochs at the rate that it suggests come further than at a hundredth or a hundred times of it.</summary>
    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void The_suggested_rate_trains_better_than_much_smaller_and_much_larger_ones(Func<float, Optimizer> optimizer, string name)
    {
        IDataView data = Waves(600);
        LearningRateCurve curve = Trainer(optimizer(0.01f)).FindLearningRate(data);
        double Loss(float rate)
        {
            try
            {
                return Trainer(optimizer(rate), epochs: 4).Fit(data).Model.History["loss"][^1];
            }
            catch (InvalidOperationException exception) when (exception.Message.StartsWith("Training diverged", StringComparison.Ordinal))
            {
                return double.PositiveInfinity;
            }
        }

        foreach (float rate in (float[])[curve.Suggestion!.Value, curve.Valley!.Value])
        {
            double loss = Loss(rate);
            Assert.IsLessThan(0.7 * Loss(rate / 100), loss, $"{name}: {rate}\n{curve}");
            Assert.IsLessThan(0.7 * Loss(rate * 100), loss, $"{name}: {rate}\n{curve}");
        }
    }

    [TestMethod]
    public void Its_steps_are_those_of_a_training_with_such_rates()
    {
        IDataView data = Waves(100);
        LearningRateCurve curve = Trainer(new Adam()).FindLearningRate(data, 1e-4f, 1e-2f, 30);
        Assert.HasCount(30, curve.Points);
        Assert.IsFalse(curve.Diverged);
        var noted = new List<(double, double)>();
        // 100 rows are 5 batches of 20, so that 6 epochs are 30 steps.
        Trainer(new Adam(LearningRateSchedule.FromFunction("rising", step => 1e-4 * Math.Pow(100, step / 29.0))), 6, new Noting(noted)).Fit(data);
        double average = 0;
        for (int step = 0; step < 30; step++)
        {
            (double rate, double loss) = noted[step];
            LearningRatePoint point = curve.Points[step];
            Assert.AreEqual(rate, point.LearningRate, 1e-6 * rate);
            Assert.AreEqual(loss, point.Loss, 1e-5);
            average = (0.9 * average) + (0.1 * point.Loss);
            Assert.AreEqual(average / (1 - Math.Pow(0.9, step + 1)), point.SmoothedLoss, 1e-9);
        }
    }

    [TestMethod]
    public void It_stops_where_the_loss_is_four_times_its_best()
    {
        LearningRateCurve curve = Trainer(new SGD()).FindLearningRate(Waves(100), 1e-5f, 1e4f);
        Assert.IsTrue(curve.Diverged);
        Assert.IsLessThan(100, curve.Points.Count);
        double[] losses = [.. curve.Points.Select(point => point.SmoothedLoss)];
        for (int i = 0; i < losses.Length - 1; i++)
        {
            Assert.IsLessThanOrEqualTo(4 * losses[..(i + 1)].Min(), losses[i]);
        }

        Assert.EndsWith("\nThe loss diverged.", curve.ToString());
    }

    [TestMethod]
    public void Losses_and_weights_that_are_no_numbers_are_no_error()
    {
        LearningRateCurve curve = Trainer(new SGD()).FindLearningRate(Waves(100), 1e30f, 1e38f, 10);
        Assert.IsTrue(curve.Diverged);
        Assert.IsNull(curve.Suggestion);
        Assert.IsNull(curve.Valley);
        Assert.StartsWith("Learning rate none (steepest fall), none (half of the fall)\n", curve.ToString());
    }

    [TestMethod]
    public void Batches_whose_gradients_are_gathered_make_one_point_of_the_curve()
    {
        // 5 batches an epoch are 3 steps.
        IDataView data = Waves(100);
        LearningRateCurve curve = Trainer(new SGD { GradientAccumulationSteps = 2 }).FindLearningRate(data, 1e-6f, 1e-5f, 12);
        Assert.HasCount(12, curve.Points);
        for (int i = 0; i < 12; i++)
        {
            Assert.AreEqual(1e-6 * Math.Pow(10, i / 11.0), curve.Points[i].LearningRate, 1e-11);
        }

        // With such rates nothing is learned, so that the losses are the batches' own, by the order of the epoch.
        var noted = new List<(double Rate, double Loss)>();
        Trainer(new SGD(1e-12f), 1, new Noting(noted)).Fit(data);
        Assert.AreEqual((noted[0].Loss + noted[1].Loss) / 2, curve.Points[0].Loss, 1e-4);
        Assert.AreEqual((noted[2].Loss + noted[3].Loss) / 2, curve.Points[1].Loss, 1e-4);
        Assert.AreEqual(noted[4].Loss, curve.Points[2].Loss, 1e-4);
    }

    [TestMethod]
    public void Schedules_callbacks_and_validation_of_the_options_do_not_take_part_and_stay_as_they_are()
    {
        IDataView data = Waves(100);
        var noted = new List<(double, double)>();
        NeuralNetworkTrainer plain = Trainer(new SGD()), scheduled = Trainer(new SGD(new OneCycle(0.2f)), 3, new Noting(noted), new EarlyStopping());
        LearningRateCurve curve = plain.FindLearningRate(data);
        CollectionAssert.AreEqual(curve.Points.ToArray(), scheduled.FindLearningRate(data).Points.ToArray());
        Assert.IsEmpty(noted);
        // The same training as without.
        float[][] Scores(NeuralNetworkTrainer trainer) => [trainer.Fit(data).Transform(data).GetColumn<float>("Score").ToArray()];
        float[] after = Scores(plain)[0];
        CollectionAssert.AreEqual(Scores(Trainer(new SGD()))[0], after);
        Assert.StartsWith("EarlyStopping watches 'val_loss'", Assert.ThrowsExactly<InvalidOperationException>(() => scheduled.Fit(data)).Message);
    }

    [TestMethod]
    public void Streamed_data_will_do_also_with_a_schedule_over_the_whole_training()
    {
        var options = new NeuralNetworkOptions { Seed = 1, BatchSize = 20, CacheBytes = 100, Device = Device.Cpu, Optimizer = new SGD(new OneCycle(0.2f)) };
        Assert.HasCount(15, ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.Tanh) }, options).FindLearningRate(Waves(100), 1e-6f, 1e-4f, 15).Points);
    }

    [TestMethod]
    public void It_can_be_cancelled_also_after_an_epoch()
    {
        using var cancellation = new CancellationTokenSource();
        var rows = new List<Row>(Rows.Line(100).Features.Select(_ => new Row { Features = new float[4] }));
        int passes = 0;
        // Streamed: the data itself cancels in its third pass, after the one that finds it too large, and the first epoch.
        IEnumerable<Row> Stream()
        {
            if (++passes == 3)
            {
                cancellation.Cancel();
            }

            return rows;
        }

        IDataView data = ml.Data.LoadFromEnumerable(new Calling<Row>(Stream));
        var options = new NeuralNetworkOptions { Seed = 1, BatchSize = 20, CacheBytes = 100, Shuffle = false, Device = Device.Cpu, CancellationToken = cancellation.Token };
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }, options);
        Assert.Throws<OperationCanceledException>(() => trainer.FindLearningRate(data));
        Assert.AreEqual(3, passes);
    }

    [TestMethod]
    public void It_leaves_no_native_memory()
    {
        IDataView data = Waves(100);
        LibTorch.EnsureLoaded();
        void Find() => Trainer(new Adam()).FindLearningRate(data, 1e-5f, 1e5f, 30);
        Find();
        long before = LiveTensors.Count();
        Find();
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void Ranges_that_are_none_are_refused_by_name()
    {
        NeuralNetworkTrainer trainer = Trainer(new Adam());
        IDataView data = Waves(10);
        void AssertRefused(string parameter, Action find) => Assert.AreEqual(parameter, Assert.ThrowsExactly<ArgumentOutOfRangeException>(find).ParamName);
        AssertRefused("minLearningRate", () => trainer.FindLearningRate(data, 0));
        AssertRefused("minLearningRate", () => trainer.FindLearningRate(data, float.NaN));
        AssertRefused("maxLearningRate", () => trainer.FindLearningRate(data, 0.1f, 0.1f));
        AssertRefused("maxLearningRate", () => trainer.FindLearningRate(data, 0.1f, float.NaN));
        AssertRefused("steps", () => trainer.FindLearningRate(data, steps: 9));
        Assert.AreEqual("trainData", Assert.ThrowsExactly<ArgumentNullException>(() => trainer.FindLearningRate(null!)).ParamName);
        Assert.Contains("Features", Assert.Throws<ArgumentException>(() => trainer.FindLearningRate(ml.Data.LoadFromEnumerable([new Other()]))).Message);
    }

    /// <summary>A curve whose answers are known: from 1 to 0 around 0.001, then up from 0.1 on.</summary>
    [TestMethod]
    public void The_steepest_place_and_half_of_the_fall_are_found()
    {
        var curve = Curve(exponent => (1 / (1 + Math.Exp(4 * (exponent + 3)))) + (exponent > -1 ? 2 * (exponent + 1) : 0));
        Assert.AreEqual(-3, Math.Log10(curve.Suggestion!.Value), 0.15);
        Assert.AreEqual(-3, Math.Log10(curve.Valley!.Value), 0.15);
        Assert.IsNull(Curve(_ => 1).Suggestion);
        Assert.IsNull(Curve(_ => 1).Valley);
        Assert.IsNull(Curve(exponent => exponent).Suggestion);
        Assert.IsNull(new LearningRateCurve([], diverged: true).Suggestion);
        // A line down is as steep everywhere, and its middle is the middle.
        Assert.AreEqual(-2.75, Math.Log10(Curve(exponent => -exponent).Valley!.Value), 0.05);
    }

    [TestMethod]
    [DataRow("en-US")]
    [DataRow("de-DE")]
    public void It_draws_a_line_a_rate_alike_in_every_country(string culture)
    {
        LearningRatePoint[] points = [new(0.001, 9, 2), new(0.01, 9, 1.5), new(0.1, 9, 1), new(1, 9, 50)];
        Assert.AreEqual(
            """
            Learning rate 0.01 (steepest fall), 0.01 (half of the fall)
               1.00E-3            2 ****************************************
               1.00E-2          1.5 ********************
               1.00E-1            1 *
               1.00E+0           50 ****************************************
            The loss diverged.
            """.ReplaceLineEndings("\n"),
            Culture.Run(culture, new LearningRateCurve(points, diverged: true).ToString));
        Assert.HasCount(27, Curve(exponent => -exponent).ToString().Split('\n'));
    }

    private static LearningRateCurve Curve(Func<double, double> loss) => new(
        [.. Enumerable.Range(0, 100).Select(i => -5 + (4.5 * i / 99)).Select(exponent => new LearningRatePoint(Math.Pow(10, exponent), 0, loss(exponent)))], diverged: false);

    private NeuralNetworkTrainer Trainer(Optimizer optimizer, int epochs = 3, params Callback[] callbacks) =>
        ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(32, Activation.Tanh), new Dense(16, Activation.Tanh) }, new NeuralNetworkOptions
        {
            Optimizer = optimizer,
            Epochs = epochs,
            BatchSize = 20,
            Seed = 1,
            Device = Device.Cpu,
            Callbacks = [.. callbacks],
        });

    /// <summary>A smooth function of four features, hard enough for a few epochs.</summary>
    private IDataView Waves(int count)
    {
        Rows rows = Rows.Make(count, 4, x => MathF.Sin(3 * x[0]) + (x[1] * x[2]) + (2 * x[3]));
        return ml.Data.LoadFromEnumerable(rows.Features.Zip(rows.Labels, (features, label) => new Row { Features = features, Label = label }));
    }

    private sealed record Noting(List<(double, double)> Losses) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(this);

        private sealed class Run(Noting owner) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch) => owner.Losses.Add((batch.LearningRate, batch.Loss));
        }
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    /// <summary>Rows that a function gives, anew in every pass.</summary>
    private sealed class Calling<T>(Func<IEnumerable<T>> rows) : IEnumerable<T>
    {
        public IEnumerator<T> GetEnumerator() => rows().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Other
    {
        public float Label { get; set; }
    }
}
