using System.Text.Json;
using CsCheck;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class LearningRateScheduleTests
{
    private static readonly TrainingLength Unknown = new(3, null);

    public static IEnumerable<Type[]> Schedules => ComponentGen.Types(typeof(LearningRateSchedule)).Select(type => new[] { type });

    /// <summary>The figures of Keras's own tests (keras/src/optimizers/schedules/learning_rate_schedule_test.py).</summary>
    [TestMethod]
    public void Worked_numbers_as_Keras_publishes_them()
    {
        AssertRates(new ExponentialDecay(0.05f, 10, 0.96f), (5, 0.05 * Math.Pow(0.96, 0.5)));
        AssertRates(new ExponentialDecay(0.1f, 3, 0.96f, staircase: true), (1, 0.1), (2, 0.1), (100, 0.1 * Math.Pow(0.96, 33)));
        AssertRates(new PiecewiseConstantDecay([100, 110, 120], [1, 0.1f, 0.01f, 0.001f]), (0, 1), (100, 1), (105, 0.1), (110, 0.1), (120, 0.01), (999, 0.001));
        AssertRates(new PiecewiseConstantDecay([1, 2, 3], [0.4f, 0.5f, 0.6f, 0.7f]), (0, 0.4), (1, 0.4), (2, 0.5), (3, 0.6), (4, 0.7));
        AssertRates(new PolynomialDecay(0.05f, 10, 0), (5, 0.025));
        AssertRates(new PolynomialDecay(0.05f, 10, 0.001f), (10, 0.001), (5, 0.0255), (15, 0.001));
        AssertRates(new PolynomialDecay(0.05f, 10, 0.001f, cycle: true), (15, (0.049 * 0.25) + 0.001));
        AssertRates(new PolynomialDecay(0.05f, 10, 0.001f, 0.5f), (10, 0.001), (5, (0.049 * Math.Sqrt(0.5)) + 0.001), (15, 0.001));
        AssertRates(new PolynomialDecay(0.05f, 10, 0.001f, 0.5f, cycle: true), (15, (0.049 * 0.5) + 0.001));
        AssertRates(new PolynomialDecay(0.001f, 10, cycle: true), (0, 0.001));
        for (int step = 0; step <= 10; step++)
        {
            AssertRates(new InverseTimeDecay(0.1f, 10, 0.96f), (step, 0.1 / (1 + (step / 10.0 * 0.96))));
            AssertRates(new InverseTimeDecay(0.1f, 10, 0.96f, staircase: true), (step, 0.1 / (1 + (0.96 * (step / 10)))));
        }

        double half = Math.Sqrt(0.5) / 2;
        AssertRates(new CosineDecay(1, 1000), (0, 1), (250, 0.5 + half), (500, 0.5), (750, 0.5 - half), (1000, 0), (1250, 0));
        AssertRates(new CosineDecay(1, 1000, 0.1f), (0, 1), (250, 0.1 + (0.9 * (0.5 + half))), (500, 0.55), (750, 0.1 + (0.9 * (0.5 - half))), (1000, 0.1), (1250, 0.1));
        AssertRates(
            new CosineDecay(0, 1000, warmupTarget: 10, warmupSteps: 2000),
            (0, 0), (250, 1.25), (1000, 5), (1750, 8.75), (2000, 10), (2250, 10 * (0.5 + half)), (2500, 5), (2750, 10 * (0.5 - half)), (3000, 0));
        AssertRates(new CosineDecayRestarts(1, 1000), (0, 1), (250, 0.5 + half), (500, 0.5), (750, 0.5 - half), (1000, 1), (1250, (1 + Math.Cos(Math.PI / 8)) / 2));
        AssertRates(new CosineDecayRestarts(1, 1000, alpha: 0.1f), (500, 0.55), (1000, 1), (1250, 0.1 + (0.9 * (1 + Math.Cos(Math.PI / 8)) / 2)));
        AssertRates(new CosineDecayRestarts(1, 1000, mMul: 0.9f), (500, 0.5), (1000, 0.9), (1250, 0.9 * (1 + Math.Cos(Math.PI / 8)) / 2));
        AssertRates(new CosineDecayRestarts(1, 1000, tMul: 1), (750, 0.5 - half), (1000, 1), (1250, 0.5 + half));
    }

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void Any_settings_and_step_follow_the_published_rule(Type type) => Property.Holds(
        Gen.Select(Gen.Int, Gen.Int[1, 5], Gen.Int[1, 40], Gen.Int[0, 250]),
        example =>
        {
            (int seed, int epochs, int steps, int step) = example;
            var schedule = (LearningRateSchedule)ComponentGen.Make(type, new Random(seed));
            double expected = ScheduleRules.Rate(schedule, step, epochs * steps);
            double actual = schedule.RateAt(step, new TrainingLength(epochs, steps));
            Assert.AreEqual(expected, actual, 1e-9 * Math.Max(1, expected), $"{schedule} at step {step} of {epochs} x {steps}");
        },
        count: 500);

    [TestMethod]
    public void A_restart_is_at_its_own_step_however_many_there_are()
    {
        foreach (int times in (int[])[2, 3, 5, 7, 10])
        {
            var schedule = new CosineDecayRestarts(1, 3, tMul: times);
            long begin = 0, length = 3;
            for (int fall = 0; fall < 12; fall++)
            {
                AssertRates(schedule, (begin, 1));
                Assert.IsLessThan(0.26, schedule.RateAt(begin + length - 1, Unknown), $"the last step of fall {fall}");
                (begin, length) = (begin + length, length * times);
            }
        }
    }

    [TestMethod]
    public void Without_a_number_of_steps_a_schedule_takes_the_whole_training()
    {
        var length = new TrainingLength(4, 25);
        Assert.AreEqual(100, length.Steps);
        Assert.AreEqual(0.05, new ExponentialDecay(0.1f, null, 0.5f).RateAt(100, length), 1e-8);
        Assert.AreEqual(0.05, new InverseTimeDecay(0.1f, null, 1).RateAt(100, length), 1e-8);
        Assert.AreEqual(0.05, new PolynomialDecay(0.1f, endLearningRate: 0).RateAt(50, length), 1e-8);
        Assert.AreEqual(0.05, new CosineDecay(0.1f).RateAt(50, length), 1e-8);
        // The rise takes 20 steps, and the fall the remaining 80.
        Assert.AreEqual(0.05, new CosineDecay(0, warmupTarget: 0.1f, warmupSteps: 20).RateAt(60, length), 1e-8);
        Assert.AreEqual(0.05, new Warmup(new CosineDecay(0.1f), 20).RateAt(60, length), 1e-8);
        Assert.AreEqual(0.1, new OneCycle(0.1f).RateAt(29, length), 1e-8);
        Assert.AreEqual(0.1 / 25 / 10_000, new OneCycle(0.1f).RateAt(99, length), 1e-12);
        // Rises within rises, and rises longer than all.
        Assert.AreEqual(0.05, new Warmup(new Warmup(new CosineDecay(0.1f), 10), 10).RateAt(60, length), 1e-8);
        Assert.AreEqual(0.05, new Warmup(new CosineDecay(0.1f), 200).RateAt(100, length), 1e-8);
    }

    /// <summary>Keras's cosine decay has a rise of its own, which must be the same thing.</summary>
    [TestMethod]
    public void A_rise_in_front_of_a_cosine_is_the_cosines_own_rise() => Property.Holds(
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 50], Gen.Int[0, 150], Gen.Float[0, 0.5f], Gen.Bool),
        example =>
        {
            (int rise, int fall, int step, float first, bool whole) = example;
            long? steps = whole ? null : fall;
            var length = new TrainingLength(1, rise + fall);
            Assert.AreEqual(
                new CosineDecay(first, steps, 0.2f, 1, rise).RateAt(step, length),
                new Warmup(new CosineDecay(1, steps, 0.2f), rise, first).RateAt(step, length), 1e-9);
        });

    [TestMethod]
    public void Libtorchs_own_schedulers_give_the_same_rates()
    {
        AssertTorch(new OneCycle(0.4f, 50), optimizer => lr_scheduler.OneCycleLR(optimizer, 0.4f, total_steps: 50, cycle_momentum: false), 50);
        AssertTorch(
            new OneCycle(0.4f, 37, 0.45f, 10, 100),
            optimizer => lr_scheduler.OneCycleLR(optimizer, 0.4f, total_steps: 37, pct_start: 0.45f, cycle_momentum: false, div_factor: 10, final_div_factor: 100), 37);
        AssertTorch(new StepDecay(0.3f, 7), optimizer => lr_scheduler.StepLR(optimizer, 7, 0.1f), 40);
        AssertTorch(new StepDecay(0.3f, 3, 0.7f), optimizer => lr_scheduler.StepLR(optimizer, 3, 0.7f), 40);
        AssertTorch(new CosineDecay(0.3f, 40), optimizer => lr_scheduler.CosineAnnealingLR(optimizer, 40), 41);
        AssertTorch(new CosineDecay(0.3f, 40, 0.5f), optimizer => lr_scheduler.CosineAnnealingLR(optimizer, 40, 0.15f), 41);
        AssertTorch(new ExponentialDecay(0.3f, 1, 0.9f), optimizer => lr_scheduler.ExponentialLR(optimizer, 0.9f), 40);
        // The boundary is the last step of a rate, the milestone the first step of the next one.
        AssertTorch(new PiecewiseConstantDecay([4, 9], [0.3f, 0.06f, 0.012f]), optimizer => lr_scheduler.MultiStepLR(optimizer, [5, 10], 0.2f), 20);
        AssertTorch(new PolynomialDecay(0.3f, 20, 0, 2), optimizer => lr_scheduler.PolynomialLR(optimizer, 20, 2), 30);
        AssertTorch(new Warmup(0.3f, 10, 0.06f), optimizer => lr_scheduler.LinearLR(optimizer, 0.2f, 1, 10), 20);
    }

    [TestMethod]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        foreach (float rate in (float[])[0, -0.1f, float.NaN, float.PositiveInfinity])
        {
            AssertRefused("initialLearningRate", () => new ExponentialDecay(rate, 10, 0.9f));
            AssertRefused("initialLearningRate", () => new InverseTimeDecay(rate, 10, 0.9f));
            AssertRefused("initialLearningRate", () => new StepDecay(rate, 10));
            AssertRefused("initialLearningRate", () => new PolynomialDecay(rate));
            AssertRefused("initialLearningRate", () => new CosineDecay(rate));
            AssertRefused("initialLearningRate", () => new CosineDecayRestarts(rate, 10));
            AssertRefused("maxLearningRate", () => new OneCycle(rate));
            AssertRefused("warmupTarget", () => new CosineDecay(0, warmupTarget: rate, warmupSteps: 10));
            AssertRefused("decayRate", () => new ExponentialDecay(0.1f, 10, rate));
            AssertRefused("gamma", () => new StepDecay(0.1f, 10, rate));
            AssertRefused("power", () => new PolynomialDecay(0.1f, power: rate));
            AssertRefused("mMul", () => new CosineDecayRestarts(0.1f, 10, mMul: rate));
            AssertRefused("divFactor", () => new OneCycle(0.1f, divFactor: rate));
            AssertRefused("finalDivFactor", () => new OneCycle(0.1f, finalDivFactor: rate));
        }

        foreach (int steps in (int[])[0, -1])
        {
            AssertRefused("decaySteps", () => new ExponentialDecay(0.1f, steps, 0.9f));
            AssertRefused("decaySteps", () => new InverseTimeDecay(0.1f, steps, 0.9f));
            AssertRefused("decaySteps", () => new PolynomialDecay(0.1f, steps));
            AssertRefused("decaySteps", () => new CosineDecay(0.1f, steps));
            AssertRefused("firstDecaySteps", () => new CosineDecayRestarts(0.1f, steps));
            AssertRefused("totalSteps", () => new OneCycle(0.1f, steps));
            AssertRefused("stepSize", () => new StepDecay(0.1f, steps));
            AssertRefused("warmupSteps", () => new Warmup(0.1f, steps));
        }

        foreach (float part in (float[])[-0.1f, 1.1f, float.NaN])
        {
            AssertRefused("alpha", () => new CosineDecay(0.1f, alpha: part));
            AssertRefused("alpha", () => new CosineDecayRestarts(0.1f, 10, alpha: part));
            AssertRefused("pctStart", () => new OneCycle(0.1f, pctStart: part));
        }

        AssertRefused("decayRate", () => new InverseTimeDecay(0.1f, 10, -1));
        AssertRefused("endLearningRate", () => new PolynomialDecay(0.1f, endLearningRate: -1));
        AssertRefused("tMul", () => new CosineDecayRestarts(0.1f, 10, tMul: 0.9f));
        AssertRefused("warmupSteps", () => new CosineDecay(0.1f, warmupSteps: -1));
        AssertRefused("initialLearningRate", () => new Warmup(0.1f, 10, -1));
        AssertRefused("values", () => new PiecewiseConstantDecay([1], [0.1f, -1]));
        Assert.ThrowsExactly<ArgumentNullException>(() => new Warmup(null!, 10));
    }

    [TestMethod]
    public void What_does_not_belong_together_is_refused_in_words()
    {
        Assert.StartsWith(
            "There must be one rate more than boundaries, but 2 boundaries [1, 2] and 2 rates [0.5, 0.25] were given.",
            Assert.ThrowsExactly<ArgumentException>(() => new PiecewiseConstantDecay([1, 2], [0.5f, 0.25f])).Message);
        Assert.StartsWith(
            "Each boundary must be larger than the one before, but [3, 3] was given.",
            Assert.ThrowsExactly<ArgumentException>(() => new PiecewiseConstantDecay([3, 3], [3, 2, 1])).Message);
        Assert.StartsWith(
            "There must be one rate more than boundaries, but 0 boundaries [] and 0 rates [] were given.",
            Assert.ThrowsExactly<ArgumentException>(() => new PiecewiseConstantDecay(default, default)).Message);
        Assert.StartsWith(
            "warmupSteps is 5, but there is no warmupTarget: state the rate at the end of the rise, too.",
            Assert.ThrowsExactly<ArgumentException>(() => new CosineDecay(0.1f, 10, warmupSteps: 5)).Message);
    }

    [TestMethod]
    public void Where_the_length_is_not_known_the_missing_number_is_named_at_the_first_step()
    {
        void AssertMissing(string parameter, LearningRateSchedule schedule) => Assert.AreEqual(
            $"The data is streamed, so that the number of steps is not known when training begins: state {parameter} of the learning rate schedule.",
            Assert.ThrowsExactly<InvalidOperationException>(() => schedule.RateAt(0, Unknown)).Message);

        AssertMissing("decaySteps", new ExponentialDecay(0.1f, null, 0.9f));
        AssertMissing("decaySteps", new InverseTimeDecay(0.1f, null, 0.9f));
        AssertMissing("decaySteps", new PolynomialDecay(0.1f));
        AssertMissing("decaySteps", new CosineDecay(0, warmupTarget: 0.1f, warmupSteps: 10));
        AssertMissing("firstDecaySteps", new CosineDecayRestarts(0.1f, null));
        AssertMissing("totalSteps", new OneCycle(0.1f));
        AssertMissing("totalSteps", new Warmup(new OneCycle(0.1f), 10));
    }

    [TestMethod]
    public void Schedules_compare_and_print_by_value()
    {
        PiecewiseConstantDecay schedule = new([10, 20], [0.5f, 0.25f, 0.125f]), same = new([10, 20], [0.5f, 0.25f, 0.125f]);
        Assert.AreEqual(schedule, same);
        Assert.AreEqual(schedule.GetHashCode(), same.GetHashCode());
        Assert.AreNotEqual(schedule, new PiecewiseConstantDecay([10, 21], [0.5f, 0.25f, 0.125f]));
        Assert.AreNotEqual(schedule, new PiecewiseConstantDecay([10, 20], [0.5f, 0.25f, 0.1f]));
        Assert.AreEqual("PiecewiseConstantDecay { Boundaries = [10, 20], Values = [0.5, 0.25, 0.125] }", Culture.Run("de-DE", schedule.ToString));
    }

    [TestMethod]
    public void Optimizers_with_schedules_read_back_equal()
    {
        LearningRateSchedule[] schedules =
        [
            new ExponentialDecay(0.1f, null, 0.9f), new ExponentialDecay(0.1f, 10_000_000_000, 0.9f, staircase: true), new OneCycle(0.1f),
            new PiecewiseConstantDecay([10_000_000_000, 20_000_000_000], [0.5f, 0.25f, 0.125f]), new CosineDecay(0, warmupTarget: 0.1f, warmupSteps: 5),
            new Warmup(new Warmup(new CosineDecayRestarts(0.1f, 10), 5), 5),
        ];
        foreach (LearningRateSchedule schedule in schedules)
        {
            string json = JsonSerializer.Serialize<Optimizer>(new Adam(schedule), ComponentJson.Options);
            Assert.AreEqual(new Adam(schedule), JsonSerializer.Deserialize<Optimizer>(json, ComponentJson.Options), json);
        }
    }

    [TestMethod]
    public void Of_a_function_the_name_is_left_which_says_what_to_do()
    {
        string json = JsonSerializer.Serialize<Optimizer>(new Adam(LearningRateSchedule.FromFunction("own", _ => 0.1)), ComponentJson.Options);
        LearningRateSchedule read = JsonSerializer.Deserialize<Optimizer>(json, ComponentJson.Options)!.LearningRate;
        Assert.AreEqual(
            "The learning rate schedule 'own' is a function of the application, which model files cannot hold. Set it again: LearningRateSchedule.FromFunction(\"own\", ...).",
            Assert.ThrowsExactly<InvalidOperationException>(() => read.RateAt(0, Unknown)).Message);
    }

    [TestMethod]
    [DataRow("""{ "type": "StepDecay", "initialLearningRate": 0.1, "stepSize": "x" }""", "StepDecay's \"stepSize\" cannot be \"x\": it takes a whole number.")]
    [DataRow("""{ "type": "StepDecay", "initialLearningRate": 0.1 }""", "StepDecay needs \"stepSize\".")]
    [DataRow("""{ "type": "PiecewiseConstantDecay", "boundaries": 3, "values": [0.1, 0.2] }""", "PiecewiseConstantDecay's \"boundaries\" cannot be 3: it takes a list of whole numbers.")]
    public void Json_that_is_wrong_is_explained(string json, string message) => Assert.AreEqual(
        message, Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<LearningRateSchedule>(json, ComponentJson.Options)).Message);

    private static void AssertRates(LearningRateSchedule schedule, params (long Step, double Rate)[] expected)
    {
        foreach ((long step, double rate) in expected)
        {
            Assert.AreEqual(rate, schedule.RateAt(step, Unknown), 1e-6 * Math.Max(0.01, rate), $"{schedule} at step {step}");
        }
    }

    private static void AssertRefused(string parameter, Func<LearningRateSchedule> make) =>
        Assert.AreEqual(parameter, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => make()).ParamName);

    private static void AssertTorch(LearningRateSchedule schedule, Func<torch.optim.Optimizer, lr_scheduler.LRScheduler> scheduler, int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        using var parameter = new TorchSharp.Modules.Parameter(zeros(1));
        using torch.optim.Optimizer optimizer = SGD([parameter], 0.3f);
        lr_scheduler.LRScheduler torchs = scheduler(optimizer);
        for (int step = 0; step < steps; step++)
        {
            Assert.AreEqual(optimizer.ParamGroups.First().LearningRate, schedule.RateAt(step, Unknown), 2e-7, $"{schedule} at step {step}");
            torchs.step();
        }
    }
}
