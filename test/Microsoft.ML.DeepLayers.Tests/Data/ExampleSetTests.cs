using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class ExampleSetTests
{
    private const long Plenty = 1L << 30;

    /// <summary>Three features and a label: 16 bytes a row.</summary>
    private static readonly ExampleLayout Layout = TestLayouts.Numbers(3);

    [TestMethod]
    [DataRow(100 * 16L, true)]
    [DataRow((100 * 16L) - 1, false)]
    [DataRow(0L, false)]
    public void Data_is_cached_up_to_the_budget_and_streamed_above(long cacheBytes, bool isCached)
    {
        using var log = new LogOf();
        TestView view = TestLayouts.Counting(100);
        ExampleSet set = ExampleSet.Read(view, Reading(cacheBytes), log.Channel, () => { });
        Assert.IsNull(set.Validation);
        Assert.AreEqual(isCached ? typeof(CachedExamples) : typeof(StreamedExamples), set.Training.GetType());
        Assert.AreEqual(isCached ? 100 : null, set.Training.Count);
        Assert.AreSame(Layout, set.Training.Layout);
        CollectionAssert.AreEqual(
            isCached ? Array.Empty<string>()
                : new[] { $"Info: The data set does not fit the cache of {(cacheBytes == 0 ? "0" : "1,599")} bytes (NeuralNetworkOptions.CacheBytes): it is read anew in every epoch." },
            log.Lines.ToArray());

        CollectionAssert.AreEqual(Numbers(100), TestLayouts.Labels(set.Training, null));
        CollectionAssert.AreEqual(Numbers(100), TestLayouts.Labels(set.Training, null), "a second epoch");
        Assert.AreEqual(isCached ? 1 : 3, view.OpenedCursors, "cached data is read once");
        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void Cached_rows_are_whole_and_shuffled_anew_by_the_random_numbers_alone()
    {
        using var log = new LogOf();
        ExampleSource source = ExampleSet.Read(TestLayouts.Counting(200), Reading(), log.Channel, () => { }).Training;
        List<float> first = TestLayouts.Labels(source, new Random(1));
        CollectionAssert.AreEqual(first, TestLayouts.Labels(source, new Random(1)));
        List<float> other = TestLayouts.Labels(source, new Random(2));
        CollectionAssert.AreNotEqual(first, other);
        CollectionAssert.AreNotEqual(Numbers(200), other);
        CollectionAssert.AreEquivalent(Numbers(200), other);
        AssertRowsAreWhole(source, new Random(3));
    }

    [TestMethod]
    public void A_split_is_a_partition_that_the_seed_decides() => Property.Holds(
        Gen.Select(Gen.Int[2, 200], Gen.Int[1, 99], Gen.Int, Gen.Bool),
        example =>
        {
            (int rows, int percent, int seed, bool isCached) = example;
            double fraction = percent / 100.0;
            int heldOut = (int)Math.Round(rows * fraction);
            if (isCached && (heldOut == 0 || heldOut == rows))
            {
                return; // An error; see below.
            }

            using var log = new LogOf();
            ExampleSet Read(int by) => ExampleSet.Read(TestLayouts.Counting(rows), Reading(isCached ? Plenty : 16, fraction, by), log.Channel, () => { });
            ExampleSet set = Read(seed);
            List<float> training = TestLayouts.Labels(set.Training, null), validation = TestLayouts.Labels(set.Validation!, null);
            CollectionAssert.AreEqual(Numbers(rows), training.Concat(validation).Order().ToList(), "each row is in exactly one of them");
            CollectionAssert.AreEqual(training.Order().ToList(), training, "both keep the order of the data");
            CollectionAssert.AreEqual(validation.Order().ToList(), validation);
            if (isCached)
            {
                Assert.HasCount(heldOut, validation);
                Assert.AreEqual((long?)(rows - heldOut), set.Training.Count);
            }

            // The same epoch after epoch, shuffled or not, and for the same seed.
            CollectionAssert.AreEquivalent(training, TestLayouts.Labels(set.Training, new Random(1)));
            CollectionAssert.AreEquivalent(training, TestLayouts.Labels(set.Training, new Random(2)));
            CollectionAssert.AreEqual(validation, TestLayouts.Labels(set.Validation!, null));
            CollectionAssert.AreEqual(validation, TestLayouts.Labels(Read(seed).Validation!, null));
        },
        count: 60);

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Another_seed_holds_out_other_rows(bool isCached)
    {
        using var log = new LogOf();
        HashSet<string> splits = [];
        for (int seed = 0; seed < 20; seed++)
        {
            ExampleSet set = ExampleSet.Read(TestLayouts.Counting(100), Reading(isCached ? Plenty : 16, 0.3, seed), log.Channel, () => { });
            splits.Add(string.Join(' ', TestLayouts.Labels(set.Validation!, null)));
        }

        Assert.HasCount(20, splits);
    }

    /// <summary>A streamed split is drawn row by row: its size is binomial, here with a standard deviation of 0.0014.</summary>
    [TestMethod]
    public void A_streamed_split_holds_out_about_the_fraction_everywhere()
    {
        using var log = new LogOf();
        ExampleSet set = ExampleSet.Read(TestLayouts.Counting(100_000), Reading(1000, 0.25, 7), log.Channel, () => { });
        List<float> validation = TestLayouts.Labels(set.Validation!, null, 1000);
        Assert.AreEqual(0.25, validation.Count / 100_000.0, 0.007);
        for (int part = 0; part < 10; part++)
        {
            Assert.AreEqual(0.25, validation.Count(row => (int)row / 10_000 == part) / 10_000.0, 0.022);
        }
    }

    /// <summary>A view that would hand out its rows in another order for each epoch must not do so where they are told apart by number.</summary>
    [TestMethod]
    public void A_streamed_split_of_data_that_can_shuffle_itself_is_the_same_in_every_epoch()
    {
        using var log = new LogOf();
        ExampleSet set = ExampleSet.Read(TestLayouts.Counting(300, canShuffle: true), Reading(16 * 20, 0.5), log.Channel, () => { });
        List<float> training = TestLayouts.Labels(set.Training, null);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            CollectionAssert.AreEquivalent(training, TestLayouts.Labels(set.Training, new Random(epoch)));
        }
    }

    [TestMethod]
    [DataRow(3, 0.1, "A validation fraction of 0.1 of 3 rows leaves 3 for training and 0 for validation. Use more rows or another fraction, or give a validation set: Fit(train, validation).")]
    [DataRow(2, 0.9, "A validation fraction of 0.9 of 2 rows leaves 0 for training and 2 for validation. Use more rows or another fraction, or give a validation set: Fit(train, validation).")]
    public void A_split_that_leaves_nothing_on_a_side_is_refused(int rows, double fraction, string message)
    {
        using var log = new LogOf();
        Assert.AreEqual(
            message,
            Culture.Run("de-DE", () => Assert.ThrowsExactly<InvalidOperationException>(
                () => ExampleSet.Read(TestLayouts.Counting(rows), Reading(Plenty, fraction), log.Channel, () => { })).Message));
    }

    [TestMethod]
    public void Skipped_rows_are_counted_in_a_warning()
    {
        using var log = new LogOf();
        TestView view = new TestView(1500).WithVector("Features", 3, (row, _) => row % 3 == 0 ? float.NaN : 0).WithNumber("Label", row => row);
        ExampleSet set = ExampleSet.Read(view, Reading() with { MissingValues = MissingValues.Skip }, log.Channel, () => { });
        Assert.AreEqual(1000L, set.Training.Count);
        CollectionAssert.AreEqual(new[] { "Warning: Skipped 500 of 1500 rows with missing values." }, log.Lines.ToArray());
    }

    [TestMethod]
    public void Without_missing_values_nothing_is_said()
    {
        using var log = new LogOf();
        ExampleSet.Read(TestLayouts.Counting(10), Reading() with { MissingValues = MissingValues.Skip }, log.Channel, () => { });
        Assert.IsEmpty(log.Lines);
    }

    [TestMethod]
    public void A_missing_value_is_an_error_where_it_is_not_skipped()
    {
        using var log = new LogOf();
        TestView view = new TestView(10).WithVector("Features", 3, (row, slot) => row == 4 && slot == 1 ? float.NaN : 0).WithNumber("Label", _ => 0);
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => ExampleSet.Read(view, Reading(), log.Channel, () => { })).Message;
        Assert.StartsWith("Column 'Features', slot 1, is missing (NaN, infinite or key 0) in row 4 of the training data.", message);
        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void Data_without_rows_is_refused()
    {
        using var log = new LogOf();
        Assert.AreEqual(
            "The training data has no rows.",
            Assert.ThrowsExactly<InvalidOperationException>(() => ExampleSet.Read(TestLayouts.Counting(0), Reading(), log.Channel, () => { })).Message);
        TestView missing = new TestView(7).WithVector("Features", 3, (_, _) => float.NaN).WithNumber("Label", _ => 0);
        Assert.AreEqual(
            "All 7 rows of the training data have missing values and were skipped, so nothing is left.",
            Assert.ThrowsExactly<InvalidOperationException>(
                () => ExampleSet.Read(missing, Reading() with { MissingValues = MissingValues.Skip }, log.Channel, () => { })).Message);
    }

    [TestMethod]
    public void Reading_can_be_cancelled_while_it_goes_on()
    {
        using var log = new LogOf();
        TestView view = TestLayouts.Counting(100_000);
        Assert.ThrowsExactly<OperationCanceledException>(() => ExampleSet.Read(view, Reading(), log.Channel, () =>
        {
            if (view.RowsRead > 5000)
            {
                throw new OperationCanceledException();
            }
        }));
        Assert.IsLessThan(10_000, view.RowsRead);
        Assert.AreEqual(0, view.OpenCursors);
    }

    private static ExampleReading Reading(long cacheBytes = Plenty, double validationFraction = 0, int seed = 1) =>
        new(Layout, MissingValues.Error, cacheBytes, validationFraction, seed);

    private static List<float> Numbers(int count) => [.. Enumerable.Range(0, count).Select(row => (float)row)];

    private static void AssertRowsAreWhole(ExampleSource source, Random shuffle)
    {
        var batch = new Batch(source.Layout, 16);
        using IBatchFiller filler = source.BeginEpoch(shuffle);
        while (filler.Fill(batch))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                CollectionAssert.AreEqual(Enumerable.Repeat(batch.Labels[0].Span[i], 3).ToArray(), batch.Inputs[0].Span.Slice(3 * i, 3).ToArray());
            }
        }
    }
}
