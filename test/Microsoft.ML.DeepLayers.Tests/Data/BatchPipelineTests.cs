using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class BatchPipelineTests
{
    private static readonly ExampleLayout Layout = TestLayouts.Numbers(3);

    [TestMethod]
    public void All_rows_come_in_order_and_the_last_batch_is_what_is_left() => Property.Holds(
        Gen.Select(Gen.Int[0, 100], Gen.Int[1, 30]),
        example =>
        {
            (int rows, int batchSize) = example;
            TestView view = TestLayouts.Counting(rows);
            var pipeline = new BatchPipeline(Layout, batchSize);
            for (int epoch = 0; epoch < 2; epoch++)
            {
                var labels = new List<float>();
                var sizes = new List<int>();
                foreach (Batch batch in pipeline.Read(Stream(view).BeginEpoch(null), CancellationToken.None))
                {
                    labels.AddRange(batch.Labels[0].Span[..batch.Count]);
                    sizes.Add(batch.Count);
                    CollectionAssert.Contains(pipeline.Batches.ToArray(), batch);
                }

                CollectionAssert.AreEqual(Enumerable.Range(0, rows).Select(row => (float)row).ToArray(), labels);
                CollectionAssert.AreEqual(Enumerable.Range(0, (rows + batchSize - 1) / batchSize).Select(i => Math.Min(batchSize, rows - (i * batchSize))).ToArray(), sizes);
            }

            Assert.AreEqual(0, view.OpenCursors);
        },
        count: 50);

    /// <summary>The reading thread runs ahead as far as it can; what is being worked on stays as it is nevertheless.</summary>
    [TestMethod]
    public void A_batch_in_use_is_never_overwritten()
    {
        const int BatchSize = 4;
        TestView view = TestLayouts.Counting(200);
        var pipeline = new BatchPipeline(Layout, BatchSize);
        int next = 0;
        foreach (Batch batch in pipeline.Read(Stream(view).BeginEpoch(null), CancellationToken.None))
        {
            // The reading thread goes on when half of the batches are free, and when it stops, all but this one are full:
            // nothing more can be read, unless this one were taken.
            int ahead = pipeline.Batches.Count * BatchSize;
            SpinWait.SpinUntil(() => view.RowsRead >= Math.Min(200, next + (ahead / 2)), 5000);
            Thread.Sleep(1);
            Assert.IsLessThanOrEqualTo(next + ahead, view.RowsRead);
            for (int i = 0; i < batch.Count; i++)
            {
                Assert.AreEqual(next, batch.Labels[0].Span[i]);
                CollectionAssert.AreEqual(new float[] { next, next, next }, batch.Inputs[0].Span.Slice(3 * i, 3).ToArray());
                next++;
            }
        }

        Assert.AreEqual(200, next);
    }

    /// <summary>Small batches from memory are filled by the thread that takes them, others by one of their own: nobody can tell.</summary>
    [TestMethod]
    [DataRow(3)]
    [DataRow(20_000)]
    public void Batches_from_memory_are_the_same_whoever_fills_them(int width)
    {
        ExampleLayout layout = TestLayouts.Numbers(width);
        var store = new FixedRowStore(layout.Width);
        for (int i = 0; i < 90; i++)
        {
            store.Add([.. Enumerable.Repeat((float)i, width + 1)]);
        }

        var source = new CachedExamples(layout, store, [.. Enumerable.Range(0, 90)]);
        List<float> Labels(Func<IBatchFiller, IBatchFiller> around)
        {
            var labels = new List<float>();
            foreach (Batch batch in new BatchPipeline(layout, 16).Read(around(source.BeginEpoch(new Random(1))), CancellationToken.None))
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    Assert.AreEqual(-1, batch.Inputs[0].Span.Slice(i * width, width).IndexOfAnyExcept(batch.Labels[0].Span[i]));
                    labels.Add(batch.Labels[0].Span[i]);
                }
            }

            return labels;
        }

        var threads = new HashSet<int>();
        List<float> asItIs = Labels(filler => new Elsewhere(filler, filler.IsInMemory, threads));
        Assert.AreEqual(width == 3, threads.SetEquals([Environment.CurrentManagedThreadId]));
        threads.Clear();
        CollectionAssert.AreEqual(asItIs, Labels(filler => new Elsewhere(filler, isInMemory: false, threads)));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 90).Select(i => (float)i).ToArray(), asItIs);
    }

    [TestMethod]
    public void Cancelling_ends_batches_from_memory_too()
    {
        ExampleLayout layout = TestLayouts.Numbers(1);
        var store = new FixedRowStore(layout.Width);
        for (int i = 0; i < 20; i++)
        {
            store.Add([i, i]);
        }

        using var cancellation = new CancellationTokenSource();
        int taken = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (Batch _ in new BatchPipeline(layout, 4).Read(new CachedExamples(layout, store, [.. Enumerable.Range(0, 20)]).BeginEpoch(null), cancellation.Token))
            {
                if (++taken == 2)
                {
                    cancellation.Cancel();
                }
            }
        });
        Assert.AreEqual(2, taken);
    }

    /// <summary>Where training takes longer than reading, it finds every batch but the first ones ready.</summary>
    [TestMethod]
    public void Training_that_takes_longer_finds_its_batches_ready()
    {
        TestView view = TestLayouts.Counting(400);
        var pipeline = new BatchPipeline(Layout, 4);
        int number = 0;
        foreach (Batch _ in pipeline.Read(Stream(view).BeginEpoch(null), CancellationToken.None))
        {
            // It works on this one until the next has been read.
            number++;
            Assert.IsTrue(SpinWait.SpinUntil(() => view.RowsRead >= Math.Min(400, 4 * (number + 1)), 5000));
        }

        Assert.AreEqual(100, number);
    }

    [TestMethod]
    public void Batches_are_used_again()
    {
        var pipeline = new BatchPipeline(Layout, 5);
        HashSet<Batch> seen = [.. pipeline.Read(Stream(TestLayouts.Counting(100)).BeginEpoch(null), CancellationToken.None)];
        Assert.IsTrue(seen.SetEquals(pipeline.Batches));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(7)]
    [DataRow(49)]
    public void Errors_of_the_reading_thread_come_out_with_their_own_type_after_what_was_read(int badRow)
    {
        TestView view = TestLayouts.Counting(50);
        view.BeforeRow = row =>
        {
            if (row == badRow)
            {
                throw new InvalidDataException("The disk is gone.");
            }
        };
        var seen = new List<float>();
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            foreach (Batch batch in new BatchPipeline(Layout, 4).Read(Stream(view).BeginEpoch(null), CancellationToken.None))
            {
                seen.AddRange(batch.Labels[0].Span[..batch.Count]);
            }
        });
        Assert.AreEqual("The disk is gone.", error.Message);
        Assert.HasCount(badRow / 4 * 4, seen);
        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void A_missing_value_in_a_later_epoch_comes_out_too()
    {
        TestView view = new TestView(10).WithVector("Features", 3, (row, _) => row == 6 ? float.NaN : 0).WithNumber("Label", _ => 0);
        Assert.StartsWith("Column 'Features', slot 0,", Assert.ThrowsExactly<InvalidOperationException>(
            () => Drain(new BatchPipeline(Layout, 4), Stream(view).BeginEpoch(null))).Message);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Whoever_stops_early_leaves_no_reader_behind(int batches)
    {
        TestView view = TestLayouts.Counting(long.MaxValue);
        int taken = 0;
        foreach (Batch _ in new BatchPipeline(Layout, 4).Read(Stream(view).BeginEpoch(null), CancellationToken.None))
        {
            if (++taken == batches)
            {
                break;
            }
        }

        AssertNothingReads(view);
    }

    [TestMethod]
    public void An_error_of_the_one_who_works_leaves_no_reader_behind()
    {
        TestView view = TestLayouts.Counting(long.MaxValue);
        Assert.ThrowsExactly<ArithmeticException>(() =>
        {
            foreach (Batch _ in new BatchPipeline(Layout, 4).Read(Stream(view).BeginEpoch(null), CancellationToken.None))
            {
                throw new ArithmeticException();
            }
        });
        AssertNothingReads(view);
    }

    [TestMethod]
    public void Cancelling_between_batches_ends_reading()
    {
        TestView view = TestLayouts.Counting(long.MaxValue);
        using var cancellation = new CancellationTokenSource();
        int taken = 0;
        OperationCanceledException error = Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (Batch _ in new BatchPipeline(Layout, 4).Read(Stream(view).BeginEpoch(null), cancellation.Token))
            {
                if (++taken == 2)
                {
                    cancellation.Cancel();
                }
            }
        });
        Assert.AreEqual(cancellation.Token, error.CancellationToken);
        AssertNothingReads(view);
    }

    [TestMethod]
    public void Cancelling_while_waiting_for_data_does_not_wait_for_it()
    {
        using var cancellation = new CancellationTokenSource();
        using var released = new ManualResetEventSlim();
        TestView view = TestLayouts.Counting(long.MaxValue);
        view.BeforeRow = row =>
        {
            if (row == 6)
            {
                // The second batch never comes; the reader notices at its next row.
                cancellation.Cancel();
                released.Wait(50);
            }
        };
        int taken = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (Batch _ in new BatchPipeline(Layout, 4).Read(Stream(view).BeginEpoch(null), cancellation.Token))
            {
                taken++;
            }
        });
        Assert.IsLessThanOrEqualTo(1, taken);
        AssertNothingReads(view);
    }

    [TestMethod]
    public void A_token_that_is_cancelled_already_reads_nothing_and_leaves_nothing_open()
    {
        TestView view = TestLayouts.Counting(10);
        IBatchFiller filler = Stream(view).BeginEpoch(null);
        Assert.AreEqual(1, view.OpenCursors);
        Assert.Throws<OperationCanceledException>(() => Drain(new BatchPipeline(Layout, 4), filler, new CancellationToken(canceled: true)));
        AssertNothingReads(view);
    }

    [TestMethod]
    public void After_an_early_stop_the_pipeline_reads_the_next_epoch_from_its_start()
    {
        TestView view = TestLayouts.Counting(30);
        var pipeline = new BatchPipeline(Layout, 4);
        foreach (Batch _ in pipeline.Read(Stream(view).BeginEpoch(null), CancellationToken.None))
        {
            break;
        }

        var labels = new List<float>();
        foreach (Batch batch in pipeline.Read(Stream(view).BeginEpoch(null), CancellationToken.None))
        {
            labels.AddRange(batch.Labels[0].Span[..batch.Count]);
        }

        CollectionAssert.AreEqual(Enumerable.Range(0, 30).Select(row => (float)row).ToArray(), labels);
    }

    /// <summary>Notes who fills, and may say that it is not from memory.</summary>
    private sealed class Elsewhere(IBatchFiller inner, bool isInMemory, HashSet<int> threads) : IBatchFiller
    {
        public bool IsInMemory => isInMemory;

        public bool Fill(Batch batch)
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return inner.Fill(batch);
        }

        public void Dispose() => inner.Dispose();
    }

    private static StreamedExamples Stream(TestView view) => new(view, Layout, MissingValues.Error, bufferBytes: 0);

    private static void Drain(BatchPipeline pipeline, IBatchFiller filler, CancellationToken cancellation = default)
    {
        foreach (Batch _ in pipeline.Read(filler, cancellation))
        {
        }
    }

    /// <summary>The cursor is closed, and whoever read through it has ended: nothing more is read.</summary>
    private static void AssertNothingReads(TestView view)
    {
        Assert.AreEqual(0, view.OpenCursors);
        long read = view.RowsRead;
        Thread.Sleep(5);
        Assert.AreEqual(read, view.RowsRead);
    }
}
