using System.Collections.Concurrent;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Scoring;
using static Microsoft.ML.DeepLayers.Tests.Scoring.TestData;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>Several batches on their way through the network at a time.</summary>
[TestClass]
public sealed class ParallelScoringTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    [DataRow(1), DataRow(2), DataRow(5), DataRow(16)]
    public void Rows_keep_their_order_and_what_belongs_to_them(int parallelism)
    {
        const int Rows = 20_000;
        var data = new ObservedDataView(TestData.Numbered(ml, Rows));
        using NeuralNetworkTransformer model = Model(parallelism);
        IDataView scored = model.Transform(data);
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]), label = cursor.GetGetter<float>(scored.Schema["Label"]);
            ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
            ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
            VBuffer<float> vector = default;
            for (int i = 0; i < Rows; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                features(ref vector);
                Assert.AreEqual(
                    (i, i / 3, 3f * i, 2f * i, (float)i, new DataViewRowId((ulong)i, 0)),
                    (cursor.Position, cursor.Batch, Get(score), Get(label), vector.GetValues()[0], Get(id)));
            }

            Assert.IsFalse(cursor.MoveNext());
            Assert.IsFalse(cursor.MoveNext());
        }

        Assert.AreEqual(1, data.Cursors);
        Assert.AreEqual(0, data.OpenCursors);
        Assert.AreEqual(Rows + 1, data.Moves, "Each row is visited once, and the end once.");
    }

    [TestMethod]
    public void Scores_do_not_depend_on_the_number_of_threads()
    {
        var random = new Random(3);
        IDataView data = ml.Data.Cache(TestData.Create(
            ml, [.. Enumerable.Range(0, 3000).Select(_ => (Enumerable.Range(0, 5).Select(_ => random.NextSingle()).ToArray(), 0f))]));
        float[][] Scores(int parallelism)
        {
            using var model = new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(5))) { Scorer = { Parallelism = parallelism } };
            return TestData.Column<float[]>(model.Transform(data), "Score");
        }

        float[][] expected = Scores(2);
        foreach (int parallelism in (int[])[1, 2, 4, 8])
        {
            CollectionAssert.AreEqual(expected.SelectMany(row => row).ToArray(), Scores(parallelism).SelectMany(row => row).ToArray(), $"{parallelism} threads");
        }
    }

    [TestMethod]
    public void Few_batches_are_read_ahead()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 20_000));
        using NeuralNetworkTransformer model = Model(parallelism: 4);
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        for (int i = 1; i <= 20_000; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsLessThanOrEqualTo(i <= 85 ? 85 : i + (6 * 256), data.Moves, $"for {i} rows");
        }
    }

    [TestMethod]
    public void Long_values_that_pass_through_end_reading_ahead()
    {
        int made = 0;
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new RawFile { Features = [++made, 0], Bytes = new byte[8 << 20] }));
        using NeuralNetworkTransformer model = Model(parallelism: 16);
        model.MaxBatchSize = 2;
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        for (int i = 1; i <= 60; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsLessThanOrEqualTo(i + 10, made, "64 MiB are 8 rows; 2 more are given out.");
        }
    }

    [TestMethod]
    [DataRow(1), DataRow(4)]
    public void Rows_before_a_damaged_one_are_given_out_and_then_its_error(int parallelism)
    {
        const int Damaged = 5000;
        IDataView data = ml.Data.LoadFromEnumerable(Rows());
        using NeuralNetworkTransformer model = Model(parallelism);
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        for (int i = 0; i < Damaged; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(3 * i, Get(score));
        }

        for (int i = 0; i < 2; i++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => cursor.MoveNext());
        }

        static IEnumerable<RawFile> Rows()
        {
            for (int i = 0; i < Damaged; i++)
            {
                yield return new RawFile { Features = [i, 0] };
            }

            throw new InvalidDataException("The file ends in the middle of a row.");
        }
    }

    [TestMethod]
    public void Cursors_that_end_early_disturb_nobody()
    {
        using NeuralNetworkTransformer model = Model(parallelism: 4);
        IDataView scored = model.Transform(ml.Data.Cache(TestData.Numbered(ml, 6000)));
        float[] expected = [.. Enumerable.Range(0, 6000).Select(i => 3f * i)];
        Parallel.For(0, 8, i =>
        {
            if (i % 2 == 0)
            {
                CollectionAssert.AreEqual(expected, TestData.Column<float>(scored, "Score"));
                return;
            }

            for (int rows = 0; rows < 3000; rows += 150)
            {
                DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
                ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
                for (int row = 0; row <= rows; row++)
                {
                    Assert.IsTrue(cursor.MoveNext());
                }

                cursor.Dispose();
                cursor.Dispose();
                Assert.ThrowsExactly<InvalidOperationException>(() => Get(score), "What it pointed to is somebody else's now.");
                Assert.IsFalse(cursor.MoveNext());
            }
        });
    }

    [TestMethod]
    [DataRow(0), DataRow(1), DataRow(3)]
    public void A_failed_run_is_the_error_of_its_batch_alone(int helpers)
    {
        using var scorer = new ObservedScorer(failsAt: 7);
        ScoringBatch[] batches = [.. Enumerable.Range(0, 20).Select(scorer.CreateBatch)];
        var queue = new ScoringQueue(scorer, helpers);
        foreach (ScoringBatch batch in batches)
        {
            queue.Add(batch);
        }

        for (int i = 0; i < batches.Length; i++)
        {
            if (i == 7)
            {
                Assert.AreEqual("batch 7", Assert.ThrowsExactly<InvalidOperationException>(() => queue.Finish(batches[i])).Message);
            }
            else
            {
                queue.Finish(batches[i]);
            }
        }

        queue.Stop();
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 20).ToArray(), scorer.Scored.ToArray());
        Free(batches);
    }

    [TestMethod]
    public void Who_waits_scores_where_no_thread_helps()
    {
        using var scorer = new ObservedScorer();
        ScoringBatch[] batches = [.. Enumerable.Range(0, 3).Select(scorer.CreateBatch)];
        var queue = new ScoringQueue(scorer, maxHelpers: 0);
        Array.ForEach(batches, queue.Add);
        queue.Finish(batches[1]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, scorer.Scored.ToArray(), "In order, and none without need.");
        CollectionAssert.AreEqual(new[] { Environment.CurrentManagedThreadId }, scorer.Threads.Keys.ToArray());
        queue.Stop();
        Assert.IsFalse(batches[2].IsDone, "It was forgotten.");
        Free(batches);
    }

    [TestMethod]
    public void Threads_of_the_pool_score_meanwhile()
    {
        using var scorer = new ObservedScorer();
        ScoringBatch[] batches = [.. Enumerable.Range(0, 50).Select(scorer.CreateBatch)];
        var queue = new ScoringQueue(scorer, maxHelpers: 2);
        Array.ForEach(batches, queue.Add);
        Assert.IsTrue(SpinWait.SpinUntil(() => batches.All(batch => batch.IsDone), TimeSpan.FromMinutes(1)));
        queue.Stop();
        Assert.IsFalse(scorer.Threads.ContainsKey(Environment.CurrentManagedThreadId));
        Assert.IsLessThanOrEqualTo(2, scorer.MostAtATime);
        Free(batches);
    }

    [TestMethod]
    public void Nobody_waits_for_a_thread_that_has_not_come()
    {
        using var scorer = new ObservedScorer();
        ScoringBatch[] batches = [.. Enumerable.Range(0, 3).Select(scorer.CreateBatch)];
        using var free = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out int threads, out _);
        Task[] busy = [.. Enumerable.Range(0, 4 * threads).Select(_ => Task.Run(free.Wait))];
        var queue = new ScoringQueue(scorer, maxHelpers: 2);
        Array.ForEach(batches, queue.Add);
        Array.ForEach(batches, queue.Finish);
        queue.Stop();
        Assert.IsTrue(batches.All(batch => batch.IsDone));
        free.Set();
        Task.WaitAll(busy);
        Free(batches);
    }

    private NeuralNetworkTransformer Model(int parallelism) =>
        new(ml, TestNetworks.Regression([3, 0])) { Scorer = { Parallelism = parallelism } };

    private static void Free(ScoringBatch[] batches) => Array.ForEach(batches, batch => batch.Buffer.Dispose());

    /// <summary>Tells which batches it scored, and on which threads; fails at one.</summary>
    private sealed class ObservedScorer(int failsAt = -1) : NetworkScorer
    {
        private readonly OnnxScorer inner = new(TestNetworks.Regression([3, 0]));
        private int running;
        private int most;

        internal ConcurrentQueue<int> Scored { get; } = new();

        internal ConcurrentDictionary<int, bool> Threads { get; } = new();

        internal int MostAtATime => most;

        internal override RowCost? Cost => null;

        /// <summary>A batch of as many rows as its number says.</summary>
        internal ScoringBatch CreateBatch(int number) => new(CreateBuffer(8, [true], isOneOfSeveral: true), first: 0) { Count = number };

        internal override ScoringBuffer CreateBuffer(int capacity, bool[] neededOutputs, bool isOneOfSeveral = false) =>
            inner.CreateBuffer(capacity, neededOutputs, isOneOfSeveral);

        internal override void Run(ScoringBuffer buffer, int rows)
        {
            InterlockedMax(Interlocked.Increment(ref running));
            Scored.Enqueue(rows);
            Threads.TryAdd(Environment.CurrentManagedThreadId, true);
            Thread.SpinWait(2000);
            Interlocked.Decrement(ref running);
            if (rows == failsAt)
            {
                throw new InvalidOperationException($"batch {rows}");
            }
        }

        public override void Dispose() => inner.Dispose();

        private void InterlockedMax(int value)
        {
            for (int before = Volatile.Read(ref most); value > before; before = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, value, before);
            }
        }
    }
}
