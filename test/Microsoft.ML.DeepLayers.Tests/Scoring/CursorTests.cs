using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;
using static Microsoft.ML.DeepLayers.Tests.Scoring.TestData;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>The contract of a cursor, where rows are read ahead and where they are not.</summary>
[TestClass]
public sealed class CursorTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void The_network_runs_once_a_batch_whatever_is_read()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 600));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 0]));
        IDataView scored = model.Transform(data);
        Assert.AreEqual(0, data.Cursors);
        Drain(scored, "PredictedLabel");
        Assert.AreEqual(7, model.Scorer.Runs, "Batches of 1, 4, 16, 64, 256, 256 rows, and the 3 that remain of 600.");
        CollectionAssert.AreEqual(new[] { "Features" }, data.LastColumns);
        Drain(scored, "PredictedLabel", "Score", "Probability", "Features", "Label");
        Assert.AreEqual(14, model.Scorer.Runs);
        Assert.AreEqual(2, data.Cursors);
        Assert.AreEqual(0, data.OpenCursors);
        Assert.AreEqual(2 * 601, data.Moves);
    }

    [TestMethod]
    public void The_network_does_not_run_where_no_prediction_is_read()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 600));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 0]));
        IDataView scored = model.Transform(data);
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Label"]]))
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(1, data.Moves, "Nothing is read ahead either.");
            float label = -1;
            cursor.GetGetter<float>(scored.Schema["Label"])(ref label);
            Assert.AreEqual(0, label);
            CollectionAssert.AreEqual(new[] { "Label" }, data.LastColumns);
        }

        Drain(scored);
        Assert.IsEmpty(data.LastColumns);
        Assert.AreEqual(600, scored.GetRowCount());
        Assert.AreEqual(0, model.Scorer.Runs);
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void No_rows_are_no_rows()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 0]));
        IDataView none = ml.Data.FilterRowsByColumn(TestData.Numbered(ml, 5), "Label", lowerBound: 1000);
        Assert.IsEmpty(TestData.Column<float>(model.Transform(none), "Score"));
        Assert.AreEqual(0, model.Scorer.Runs);
    }

    [TestMethod]
    [DataRow(1), DataRow(7), DataRow(256)]
    public void What_passes_through_belongs_to_the_row(int batchSize)
    {
        var data = new ObservedDataView(WithManyTypes(100));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0])) { MaxBatchSize = batchSize };
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        ValueGetter<ReadOnlyMemory<char>> text = cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["Text"]);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> words = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(scored.Schema["Words"]);
        ValueGetter<VBuffer<double>> numbers = cursor.GetGetter<VBuffer<double>>(scored.Schema["Numbers"]);
        ValueGetter<DateTime> time = cursor.GetGetter<DateTime>(scored.Schema["Time"]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        Assert.AreEqual(-1, cursor.Position);
        VBuffer<double> reused = default;
        VBuffer<ReadOnlyMemory<char>> reusedWords = default;
        for (int i = 0; i < 100; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(i, cursor.Position);
            Assert.AreEqual(i / 3, cursor.Batch);
            Assert.AreEqual(3 * i, Get(score));
            Assert.AreEqual($"row {i}", Get(text).ToString());
            Assert.AreEqual(new DateTime(2000, 1, 1).AddDays(i), Get(time));
            Assert.AreEqual(new DataViewRowId((ulong)i, 0), Get(id));
            numbers(ref reused);
            CollectionAssert.AreEqual(Enumerable.Repeat((double)i, i % 5).ToArray(), reused.DenseValues().ToArray());
            words(ref reusedWords);
            Assert.AreEqual($"word {i}", reusedWords.GetItemOrDefault(0).ToString());
            // What is handed out is the receiver's: writing into it reaches nobody else.
            VBufferEditor.CreateFromBuffer(ref reused).Values.Fill(-1);
            numbers(ref reused);
            CollectionAssert.AreEqual(Enumerable.Repeat((double)i, i % 5).ToArray(), reused.DenseValues().ToArray());
        }

        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
        Assert.AreEqual(1, data.Cursors);
    }

    [TestMethod]
    public void Values_can_be_read_again_and_later_than_the_cursor_was_made()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView scored = model.Transform(TestData.Numbered(ml, 10));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        Assert.IsTrue(cursor.MoveNext() && cursor.MoveNext() && cursor.MoveNext());
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        Assert.AreEqual(6, Get(score));
        Assert.AreEqual(6, Get(score));
        Assert.AreEqual(new DataViewRowId(2, 0), Get(cursor.GetIdGetter()));
        Assert.AreEqual(4, Get(cursor.GetGetter<float>(scored.Schema["Label"])));
    }

    [TestMethod]
    [DataRow(1), DataRow(256)]
    public void Getters_fail_where_they_must(int batchSize)
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0])) { MaxBatchSize = batchSize };
        IDataView scored = model.Transform(TestData.Numbered(ml, 10));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"], scored.Schema["Label"]]);
        Assert.IsTrue(cursor.IsColumnActive(scored.Schema["Score"]));
        Assert.IsTrue(cursor.IsColumnActive(scored.Schema["Label"]));
        Assert.IsFalse(cursor.IsColumnActive(scored.Schema["Features"]), "The network reads it, but nobody asked for it.");
        Fails<VBuffer<float>>("Features", "not active");
        Fails<double>("Score", "System.Double");
        Fails<VBuffer<float>>("Score", "System.Single");
        Fails<bool>("Label", "");
        using DataViewRowCursor other = scored.GetRowCursor([scored.Schema["Label"]]);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => other.GetGetter<float>(scored.Schema["Score"])).Message, "not active");

        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        Assert.ThrowsExactly<InvalidOperationException>(() => Get(score), "There is no row yet.");
        while (cursor.MoveNext())
        {
        }

        Assert.ThrowsExactly<InvalidOperationException>(() => Get(score), "There is no row any more.");

        void Fails<T>(string column, string message) => StringAssert.Contains(
            Assert.Throws<Exception>(() => cursor.GetGetter<T>(scored.Schema[column])).Message, message);
    }

    [TestMethod]
    public void Objects_with_an_owner_are_not_kept_while_others_are_read()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 20), withObjects: true);
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        var getObject = cursor.GetGetter<ObservedDataView.Owned>(scored.Schema[ObservedDataView.ObjectColumn]);
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        List<ObservedDataView.Owned> kept = [];
        while (cursor.MoveNext())
        {
            ObservedDataView.Owned mine = null!;
            getObject(ref mine);
            kept.Add(mine);
            Assert.AreEqual(cursor.Position, mine.Row);
            Assert.AreEqual(3 * cursor.Position, Get(score));
        }

        Assert.HasCount(20, kept);
        Assert.IsFalse(kept.Any(item => item.IsDisposed), "Who received an object owns it.");
        Assert.AreEqual(20, model.Scorer.Runs);
        Drain(scored, "Score");
        Assert.AreEqual(23, model.Scorer.Runs, "Where the objects are not asked for, rows are read ahead.");
    }

    [TestMethod]
    public void The_first_rows_come_before_many_are_read()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 600));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0])) { Scorer = { Parallelism = 1 } };
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        foreach ((int row, int read) in ((int, int)[])[(1, 1), (2, 5), (5, 5), (6, 21), (21, 21), (22, 85), (86, 341), (342, 597)])
        {
            while (cursor.Position < row - 1)
            {
                Assert.IsTrue(cursor.MoveNext());
            }

            Assert.AreEqual(read, data.Moves, $"for {row} rows");
        }
    }

    [TestMethod]
    public void Scores_do_not_depend_on_the_batches()
    {
        var random = new Random(3);
        IDataView data = TestData.Create(ml, [.. Enumerable.Range(0, 700).Select(_ => (Enumerable.Range(0, 5).Select(_ => random.NextSingle()).ToArray(), 0f))]);
        float[][] Scores(int batchSize)
        {
            using var model = new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(5))) { MaxBatchSize = batchSize };
            return TestData.Column<float[]>(model.Transform(data), "Score");
        }

        float[][] alone = Scores(1);
        foreach (int batchSize in (int[])[2, 7, 64, int.MaxValue])
        {
            float[][] together = Scores(batchSize);
            Assert.HasCount(alone.Length, together);
            for (int i = 0; i < alone.Length; i++)
            {
                for (int k = 0; k < 5; k++)
                {
                    Assert.AreEqual(alone[i][k], together[i][k], 1e-6f, $"row {i} in batches of up to {batchSize}");
                }
            }
        }
    }

    [TestMethod]
    public void Large_rows_make_small_batches()
    {
        IDataView data = TestData.Numbered(ml, 20, features: 200_000);
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression(new float[200_000]));
        Drain(model.Transform(data), "Score");
        Assert.AreEqual(4, model.Scorer.Runs, "8 MiB hold 10 rows of 800 000 bytes: batches of 1, 4, 10 and 5.");
    }

    [TestMethod]
    public void Long_values_that_pass_through_make_small_batches()
    {
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new RawFile { Features = [i, 0], Bytes = new byte[5 << 20] }));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        Drain(model.Transform(data), "Score", "Bytes");
        Assert.AreEqual(6, model.Scorer.Runs, "16 MiB are full after 4 rows of 5 MiB: batches of 1, 4, 4, 4, 4 and 3.");
        Drain(model.Transform(data), "Score");
        Assert.AreEqual(9, model.Scorer.Runs, "1, 4 and 15.");
    }

    [TestMethod]
    public void Cursors_run_in_parallel()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView scored = model.Transform(TestData.Numbered(ml, 3000));
        float[] expected = [.. Enumerable.Range(0, 3000).Select(i => 3f * i)];
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 3; i++)
            {
                CollectionAssert.AreEqual(expected, TestData.Column<float>(scored, "Score"));
                model.Dispose();
            }
        });
    }

    [TestMethod]
    public void A_set_of_cursors_is_one_cursor()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView scored = model.Transform(TestData.Numbered(ml, 100));
        DataViewRowCursor[] cursors = scored.GetRowCursorSet([scored.Schema["Score"]], 8);
        using DataViewRowCursor cursor = Assert.ContainsSingle(cursors);
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
        }

        Assert.AreEqual(100, rows);
    }

    [TestMethod]
    public void A_shuffled_cursor_keeps_rows_together()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView data = ml.Data.Cache(TestData.Numbered(ml, 1000));
        IDataView scored = model.Transform(data);
        Assert.IsTrue(scored.CanShuffle);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema, new Random(5));
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]), label = cursor.GetGetter<float>(scored.Schema["Label"]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        List<ulong> seen = [];
        while (cursor.MoveNext())
        {
            Assert.AreEqual(Get(label) * 1.5f, Get(score));
            Assert.AreEqual((ulong)(Get(label) / 2), Get(id).Low);
            seen.Add(Get(id).Low);
        }

        Assert.IsFalse(seen.SequenceEqual(seen.Order()), "It is shuffled.");
        CollectionAssert.AreEqual(Enumerable.Range(0, 1000).Select(i => (ulong)i).ToArray(), seen.Order().ToArray());
    }

    [TestMethod]
    public void Scoring_can_be_cancelled()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        IDataView scored = model.Transform(TestData.Numbered(ml, 1000));
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        Assert.IsTrue(cursor.MoveNext());
        Interop.HostEnvironmentsTests.Cancel(ml);
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            while (cursor.MoveNext())
            {
            }
        });
    }

    [TestMethod]
    public void Reading_ahead_allocates_nothing_per_row()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([3, 0]));
        // Cached, so that the rows themselves cost nothing.
        IDataView scored = model.Transform(ml.Data.Cache(TestData.Numbered(ml, 50_000)));
        Drain(scored, "Score", "Features", "Label");
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        VBuffer<float> buffer = default;
        float value = 0;
        for (int i = 0; i < 1000 && cursor.MoveNext(); i++)
        {
            features(ref buffer);
            score(ref value);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            features(ref buffer);
            score(ref value);
        }

        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)rows;
        Assert.IsLessThan(4, bytes, $"{bytes} bytes a row");
    }

    private static void Drain(IDataView data, params string[] columns)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema.Where(column => columns.Contains(column.Name)));
        while (cursor.MoveNext())
        {
        }
    }

    private IDataView WithManyTypes(int rows) => ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i => new ManyTypes
    {
        Features = [i, 0],
        Text = $"row {i}",
        Words = [$"word {i}", "end"],
        Numbers = [.. Enumerable.Repeat((double)i, i % 5)],
        Time = new DateTime(2000, 1, 1).AddDays(i),
    }));

    private sealed class ManyTypes
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string? Text { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        public double[] Numbers { get; set; } = [];

        public DateTime Time { get; set; }
    }
}
