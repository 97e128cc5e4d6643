using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Sequences of different lengths: read, stored, shuffled within a bound, and padded in batches.</summary>
[TestClass]
public sealed class SequenceTests
{
    private static readonly MLContext Ml = new(seed: 1);

    private static readonly ExampleLayout Layout = new(
        [new InputColumn("Steps", new Shape(Shape.Variable, 2)), new InputColumn("Number", new Shape(1)), new InputColumn("Words", new Shape(Shape.Variable), IndexLimit: 1000)],
        new LabelColumn("Label", LabelEncoding.Number, false), null);

    [TestMethod]
    public void Rows_are_padded_with_NaN_to_the_longest_of_the_batch()
    {
        var buffer = new SequenceBuffer(stepSize: 2);
        for (int round = 0; round < 2; round++)
        {
            buffer.Clear();
            buffer.Add([1, 2]);
            buffer.Add([]);
            buffer.Add([3, 4, 5, 6]);
            buffer.Pad();
            Assert.AreEqual((3, 2), (buffer.Count, buffer.Steps));
            CollectionAssert.AreEqual(new[] { 1, 2, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, 3, 4, 5, 6 }, buffer.Padded[..12]);
        }
    }

    [TestMethod]
    public void A_batch_of_empty_rows_has_one_step()
    {
        var buffer = new SequenceBuffer(stepSize: 1);
        buffer.Add([]);
        buffer.Pad();
        Assert.AreEqual(1, buffer.Steps);
        Assert.IsTrue(float.IsNaN(buffer.Padded[0]));
    }

    [TestMethod]
    public void Rows_of_a_store_come_back_after_changes() => Property.Holds(
        Gen.Select(Gen.Int[0, 30], Gen.Int),
        example =>
        {
            (int operations, int seed) = example;
            var random = new Random(seed);
            var store = new SequenceRowStore();
            var expected = new List<float[]>();
            for (int i = 0; i < operations; i++)
            {
                float[] row = [.. Enumerable.Range(0, random.Next(0, 9)).Select(_ => random.NextSingle())];
                switch (random.Next(4))
                {
                    case 0 when expected.Count > 0:
                        int index = random.Next(expected.Count);
                        store.Set(index, row);
                        expected[index] = row;
                        break;
                    case 1 when expected.Count > 0:
                        store.RemoveLast();
                        expected.RemoveAt(expected.Count - 1);
                        break;
                    default:
                        store.Add(row);
                        expected.Add(row);
                        break;
                }
            }

            Assert.AreEqual(expected.Count, store.Count);
            for (int i = 0; i < expected.Count; i++)
            {
                CollectionAssert.AreEqual(expected[i], store[i].ToArray());
            }

            Assert.IsGreaterThanOrEqualTo(expected.Sum(row => row.Length * (long)sizeof(float)), store.Bytes);
        });

    [TestMethod]
    public void Each_example_keeps_its_own_values_cached_or_streamed_shuffled_or_not()
    {
        IDataView view = View(200);
        using var log = new LogOf();
        foreach (long budget in new long[] { 1 << 20, 2000, 1 })
        {
            foreach (bool shuffled in new[] { true, false })
            {
                ExampleSource source = budget == 1 << 20
                    ? ExampleSet.Read(view, new ExampleReading(Layout, MissingValues.Error, budget, 0, 1), log.Channel, () => { }).Training
                    : new StreamedExamples(view, Layout, MissingValues.Error, budget);
                List<float> labels = CheckAll(source, shuffled ? new Random(3) : null);
                CollectionAssert.AreEqual(Enumerable.Range(0, 200).Select(row => (float)row).ToArray(), labels.Order().ToArray());
                Assert.AreEqual(!shuffled || budget == 1, labels.SequenceEqual(labels.Order()), $"budget {budget}, shuffled {shuffled}");
                if (source is StreamedExamples streamed)
                {
                    // The longest row may come on top.
                    Assert.IsLessThanOrEqualTo(budget + (60 * sizeof(float)), streamed.PeakBufferBytes);
                }
            }
        }
    }

    [TestMethod]
    public void Values_that_cannot_be_name_column_row_and_place()
    {
        AssertError("Column 'Steps', value 3, is missing (NaN, infinite or key 0) in row 1", new Row { Steps = [1, 2, 3, float.NaN] });
        AssertError("Column 'Words', value 1, is missing (NaN, infinite or key 0) in row 1", new Row { Steps = [1, 2], Words = [1, float.NaN] });
        AssertError("Column 'Steps' has 3 values in row 1, which are no whole steps of shape [None, 2] (2 values each)", new Row { Steps = [1, 2, 3] });
        AssertError("Column 'Words' feeds an Embedding with inputDim 1000", new Row { Words = [1, 1000] });
        AssertError("The label, column 'Label', is missing", new Row { Steps = [1, 2], Label = float.NaN });
    }

    /// <summary>Row i has i % 7 steps whose values are i, and i % 5 words.</summary>
    private static IDataView View(int count) => Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row
    {
        Steps = [.. Enumerable.Repeat((float)i, 2 * (i % 7))],
        Number = i,
        Words = [.. Enumerable.Repeat((float)i, i % 5)],
        Label = i,
    }));

    private static List<float> CheckAll(ExampleSource source, Random? shuffle)
    {
        var labels = new List<float>();
        var pipeline = new BatchPipeline(source.Layout, batchSize: 7);
        foreach (Batch batch in pipeline.Read(source.BeginEpoch(shuffle), CancellationToken.None))
        {
            for (int row = 0; row < batch.Count; row++)
            {
                float label = batch.Labels[0].Span[row];
                Assert.AreEqual(label, batch.Inputs[1].Span[row]);
                AssertRow(batch.Sequences[0]!, row, 2, label, 2 * ((int)label % 7));
                AssertRow(batch.Sequences[2]!, row, 1, label, (int)label % 5);
                labels.Add(label);
            }
        }

        return labels;
    }

    private static void AssertRow(SequenceBuffer sequences, int row, int stepSize, float value, int count)
    {
        int width = sequences.Steps * stepSize;
        float[] values = sequences.Padded[(row * width)..((row + 1) * width)];
        Assert.IsTrue(values[..count].All(item => item == value));
        Assert.IsTrue(values[count..].All(float.IsNaN));
    }

    private static void AssertError(string message, Row bad)
    {
        IDataView view = Ml.Data.LoadFromEnumerable(new[] { new Row { Steps = [1, 2, 3, 4], Words = [1] }, bad });
        using var reader = new ExampleReader(view, Layout, MissingValues.Error);
        Assert.IsTrue(reader.MoveNext());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => reader.MoveNext()).Message, message);
    }

    private sealed class Row
    {
        public float[] Steps { get; set; } = [];

        public float Number { get; set; }

        public float[] Words { get; set; } = [];

        public float Label { get; set; }
    }
}
