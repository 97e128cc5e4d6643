using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class StreamedExamplesTests
{
    private const int RowBytes = 16;

    [TestMethod]
    public void Every_row_comes_once_an_epoch_whatever_the_sizes() => Property.Holds(
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 60 * RowBytes], Gen.Int[1, 40], Gen.Int, Gen.Bool),
        example =>
        {
            (int rows, int bufferBytes, int batchSize, int seed, bool canShuffle) = example;
            TestView view = TestLayouts.Counting(rows, 3, canShuffle);
            var source = new StreamedExamples(view, TestLayouts.Numbers(3), MissingValues.Error, bufferBytes);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                List<float> labels = TestLayouts.Labels(source, new Random(seed + epoch), batchSize);
                CollectionAssert.AreEqual(Enumerable.Range(0, rows).Select(row => (float)row).ToList(), labels.Order().ToList());
            }

            // The buffer stays within the budget, but for the one row that it takes at least.
            Assert.IsLessThanOrEqualTo(Math.Max(bufferBytes, RowBytes), source.PeakBufferBytes);
            Assert.AreEqual(0, view.OpenCursors);
        });

    [TestMethod]
    [DataRow(1)]
    [DataRow(RowBytes - 1)]
    [DataRow(0)]
    public void A_budget_below_one_row_holds_one_row_and_keeps_the_order(long bufferBytes)
    {
        var source = new StreamedExamples(TestLayouts.Counting(20), TestLayouts.Numbers(3), MissingValues.Error, bufferBytes);
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(row => (float)row).ToList(), TestLayouts.Labels(source, new Random(1)));
        Assert.AreEqual(RowBytes, source.PeakBufferBytes);
    }

    /// <summary>Also above the size of the blocks that the buffer is made of.</summary>
    [TestMethod]
    [DataRow(5_000_000)]
    [DataRow(6_291_456)]
    [DataRow(4_194_304)]
    public void A_large_buffer_stays_within_its_budget(long bufferBytes)
    {
        const int Width = 100_000;
        var source = new StreamedExamples(TestLayouts.Counting(30, Width - 1), TestLayouts.Numbers(Width - 1), MissingValues.Error, bufferBytes);
        Assert.HasCount(30, TestLayouts.Labels(source, new Random(1), batchSize: 2));
        Assert.IsLessThanOrEqualTo(bufferBytes, source.PeakBufferBytes);
        Assert.IsGreaterThan(bufferBytes - (Width * sizeof(float)), source.PeakBufferBytes, "the budget is used");
    }

    [TestMethod]
    public void Without_shuffling_the_order_is_that_of_the_data_and_no_buffer_is_filled()
    {
        var source = new StreamedExamples(TestLayouts.Counting(50, canShuffle: true), TestLayouts.Numbers(3), MissingValues.Error, 1000);
        CollectionAssert.AreEqual(Enumerable.Range(0, 50).Select(row => (float)row).ToList(), TestLayouts.Labels(source, null));
        Assert.AreEqual(0, source.PeakBufferBytes);
    }

    [TestMethod]
    public void The_order_changes_between_epochs_and_repeats_for_the_same_seed()
    {
        var source = new StreamedExamples(TestLayouts.Counting(100), TestLayouts.Numbers(3), MissingValues.Error, 30 * RowBytes);
        List<float> first = TestLayouts.Labels(source, new Random(1)), second = TestLayouts.Labels(source, new Random(2));
        CollectionAssert.AreNotEqual(first, second);
        CollectionAssert.AreEqual(first, TestLayouts.Labels(source, new Random(1)));
        CollectionAssert.AreEqual(first, TestLayouts.Labels(source, new Random(1), batchSize: 100), "the size of batches makes no difference");
    }

    [TestMethod]
    public void A_row_is_drawn_early_by_no_more_than_the_buffer()
    {
        const int Buffer = 30;
        var source = new StreamedExamples(TestLayouts.Counting(1000), TestLayouts.Numbers(3), MissingValues.Error, Buffer * RowBytes);
        List<float> labels = TestLayouts.Labels(source, new Random(1));
        Assert.IsTrue(labels.Select((row, place) => row - place).All(early => early < Buffer));
        // Well mixed: a row is displaced by about the size of the buffer.
        Assert.IsGreaterThan(Buffer / 3, labels.Select((row, place) => Math.Abs(row - place)).Average());
    }

    /// <summary>A buffer that holds everything gives every order alike: each row is first about as often as each other.</summary>
    [TestMethod]
    public void A_buffer_that_holds_all_shuffles_uniformly()
    {
        var source = new StreamedExamples(TestLayouts.Counting(5), TestLayouts.Numbers(3), MissingValues.Error, 1000);
        int[,] places = new int[5, 5];
        var random = new Random(1);
        const int Epochs = 2000;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            List<float> labels = TestLayouts.Labels(source, random);
            for (int place = 0; place < 5; place++)
            {
                places[(int)labels[place], place]++;
            }
        }

        // 400 expected, with a standard deviation of 18.
        foreach (int count in places)
        {
            Assert.AreEqual(Epochs / 5, count, 80);
        }
    }

    [TestMethod]
    public void Only_rows_that_are_kept_come_and_skipped_rows_have_no_number()
    {
        // Every third row is missing a value; of those left, numbered from 0, the odd ones are kept.
        TestView view = new TestView(30).WithVector("Features", 3, (row, _) => row % 3 == 0 ? float.NaN : row).WithNumber("Label", row => row);
        float[] expected = [.. Enumerable.Range(0, 30).Where(row => row % 3 != 0).Where((_, number) => number % 2 == 1).Select(row => (float)row)];
        var source = new StreamedExamples(view, TestLayouts.Numbers(3), MissingValues.Skip, 4 * RowBytes, () => (number, _, _) => number % 2 == 1);
        CollectionAssert.AreEqual(expected, TestLayouts.Labels(source, null));
        CollectionAssert.AreEquivalent(expected, TestLayouts.Labels(source, new Random(1)));
    }

    [TestMethod]
    public void Rows_stay_whole_in_the_buffer()
    {
        ExampleLayout layout = TestLayouts.Numbers(3);
        var source = new StreamedExamples(TestLayouts.Counting(500), layout, MissingValues.Error, 40 * RowBytes);
        var batch = new Batch(layout, 9);
        using IBatchFiller filler = source.BeginEpoch(new Random(1));
        while (filler.Fill(batch))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                CollectionAssert.AreEqual(Enumerable.Repeat(batch.Labels[0].Span[i], 3).ToArray(), batch.Inputs[0].Span.Slice(3 * i, 3).ToArray());
            }
        }
    }

    [TestMethod]
    public void Nothing_is_read_ahead_but_what_the_buffer_holds()
    {
        TestView view = TestLayouts.Counting(1000);
        var source = new StreamedExamples(view, TestLayouts.Numbers(3), MissingValues.Error, 50 * RowBytes);
        using IBatchFiller filler = source.BeginEpoch(new Random(1));
        Assert.IsTrue(filler.Fill(new Batch(source.Layout, 10)));
        Assert.AreEqual(60, view.RowsRead);
    }
}
