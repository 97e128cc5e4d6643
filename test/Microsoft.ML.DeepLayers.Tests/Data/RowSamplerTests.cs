using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Draws with replacement. Bounds are 5 standard deviations of the binomial distribution.</summary>
[TestClass]
public sealed class RowSamplerTests
{
    private const int Draws = 100_000;

    [TestMethod]
    public void Each_class_is_drawn_equally_often_and_each_row_of_it_too()
    {
        // 90 rows of class 0, 9 of class 2, 1 of class 5.
        int ClassOf(int row) => row < 90 ? 0 : row < 99 ? 2 : 5;
        int[] drawn = Draw(new BalancedSampler(Enumerable.Range(0, 100), ClassOf));
        for (int row = 0; row < 100; row++)
        {
            AssertShare(ClassOf(row) switch { 0 => 1 / 270.0, 2 => 1 / 27.0, _ => 1 / 3.0 }, drawn.Count(other => other == row));
        }
    }

    [TestMethod]
    [DataRow(new float[] { 1, 1, 1, 1 })]
    [DataRow(new float[] { 1, 2, 3, 4 })]
    [DataRow(new float[] { 0, 5, 0, 0.5f, 1e-6f, 94 })]
    [DataRow(new float[] { 7 })]
    [DataRow(new float[] { 0, 0, 3 })]
    [DataRow(new float[] { 1e-30f, 3e-30f })]
    [DataRow(new float[] { 1e38f, 3e38f })]
    public void Rows_are_drawn_in_proportion_to_their_weight(float[] weights)
    {
        int[] rows = [.. Enumerable.Range(0, weights.Length).Select(row => 10 * row)];
        int[] drawn = Draw(new WeightedSampler(rows, weights));
        double total = weights.Sum(weight => (double)weight);
        for (int row = 0; row < weights.Length; row++)
        {
            AssertShare(weights[row] / total, drawn.Count(other => other == rows[row]));
        }
    }

    [TestMethod]
    public void A_table_of_many_weights_is_right_on_the_whole()
    {
        var random = new Random(3);
        float[] weights = [.. Enumerable.Range(0, 5000).Select(_ => random.NextSingle() * random.Next(3))];
        int[] drawn = Draw(new WeightedSampler([.. Enumerable.Range(0, 5000)], weights));
        double total = weights.Sum(weight => (double)weight);
        for (int part = 0; part < 10; part++)
        {
            AssertShare(weights.Skip(500 * part).Take(500).Sum(weight => (double)weight) / total, drawn.Count(row => row / 500 == part));
        }

        Assert.IsFalse(drawn.Any(row => weights[row] == 0));
    }

    [TestMethod]
    public void Weights_of_0_alone_are_refused() => Assert.AreEqual(
        "Sampling = ByWeight draws examples by their weights, but those of all 2 training examples are 0.",
        Assert.ThrowsExactly<InvalidOperationException>(() => new WeightedSampler([0, 1], [0, 0])).Message);

    [TestMethod]
    public void An_epoch_has_as_many_examples_as_there_are_drawn_by_its_random_numbers_alone()
    {
        using var log = new LogOf();
        TestView view = new TestView(100).WithVector("Features", 1, (row, _) => row).WithNumber("Label", row => row < 95 ? 0 : 1).WithNumber("Weight", row => row < 90 ? 0 : 1);
        foreach (ExampleSampling sampling in new[] { ExampleSampling.BalancedClasses, ExampleSampling.ByWeight })
        {
            ExampleReading reading = new(TestLayouts.Numbers(1, "Weight"), MissingValues.Error, 1L << 30, 0.2, 1) { Sampling = sampling, StratifyBy = [0] };
            ExampleSet set = ExampleSet.Read(view, reading, log.Channel, () => { });
            Assert.AreEqual((80L, 20L), (set.Training.Count, set.Validation!.Count));
            List<float> first = TestLayouts.Labels(set.Training, new Random(1));
            Assert.HasCount(80, first);
            CollectionAssert.AreEqual(first, TestLayouts.Labels(set.Training, new Random(1)));
            CollectionAssert.AreNotEqual(first, TestLayouts.Labels(set.Training, new Random(2)));
            Assert.AreEqual(40, first.Count(label => label == 1), 23, "5 standard deviations");
            Assert.AreEqual(4, TestLayouts.Labels(set.Training, null).Count(label => label == 1), "in order, each comes once");
            Assert.AreEqual(1, TestLayouts.Labels(set.Validation, new Random(1)).Count(label => label == 1), "validation takes each once");
        }
    }

    [TestMethod]
    public void Streamed_data_cannot_be_drawn_from()
    {
        using var log = new LogOf();
        ExampleReading reading = new(TestLayouts.Numbers(3), MissingValues.Error, 1000, 0, 1) { Sampling = ExampleSampling.BalancedClasses };
        Assert.AreEqual(
            "Sampling = BalancedClasses draws examples from memory, but the training data does not fit the cache of 1,000 bytes. Raise NeuralNetworkOptions.CacheBytes, or let rare examples weigh more: ClassWeights = ClassWeights.Balanced, or ExampleWeightColumnName.",
            Culture.Run("de-DE", () => Assert.ThrowsExactly<InvalidOperationException>(() => ExampleSet.Read(TestLayouts.Counting(100), reading, log.Channel, () => { })).Message));
    }

    [TestMethod]
    public void Drawing_allocates_nothing()
    {
        RowSampler[] samplers = [new BalancedSampler(Enumerable.Range(0, 1000), row => row % 7), new WeightedSampler([.. Enumerable.Range(0, 1000)], new float[1000].Select((_, i) => i + 1f).ToArray())];
        int[] rows = new int[1000];
        var random = new Random(1);
        foreach (RowSampler sampler in samplers)
        {
            sampler.Draw(rows, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            sampler.Draw(rows, random);
            Assert.IsLessThan(1000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static int[] Draw(RowSampler sampler)
    {
        int[] drawn = new int[Draws];
        sampler.Draw(drawn, new Random(1));
        return drawn;
    }

    private static void AssertShare(double share, int count) =>
        Assert.AreEqual(share, count / (double)Draws, (5 * Math.Sqrt(share * (1 - share) / Draws)) + 1e-12);
}
