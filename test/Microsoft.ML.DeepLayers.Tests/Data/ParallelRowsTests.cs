using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Rows that several threads read come as one thread would read them.</summary>
[TestClass]
public sealed class ParallelRowsTests
{
    private const int Width = 2000;

    private static readonly ExampleLayout Layout = TestLayouts.Numbers(Width);

    [TestMethod]
    public void Rows_come_in_the_order_of_the_data_whatever_the_batches() => Property.Holds(
        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 70], Gen.Int[2, 5], Gen.Int),
        example =>
        {
            (int rows, int batchRows, int cursors, int seed) = example;
            TestView view = TestLayouts.Counting(rows, Width);
            // Threads that are late by chance must not change anything.
            var dealt = new DealtView(view, batchRows) { BeforeRead = row => Thread.SpinWait((int)((seed ^ (row * 7919)) & 0xFFF)) };
            using (RowSource source = Open(dealt, cursors))
            {
                Assert.IsInstanceOfType<ParallelRows>(source);
                for (int row = 0; row < rows; row++)
                {
                    Assert.IsTrue(source.MoveNext());
                    Assert.AreEqual(row, source.Number);
                    Assert.HasCount(Width + 1, source.Row.ToArray());
                    Assert.AreEqual(-1, source.Row.IndexOfAnyExcept(row));
                }

                Assert.IsFalse(source.MoveNext());
                Assert.IsFalse(source.MoveNext());
            }

            Assert.AreEqual(cursors, view.OpenedCursors);
            Assert.AreEqual(0, view.OpenCursors);
        },
        count: 30);

    [TestMethod]
    public void Narrow_rows_are_read_by_one_cursor()
    {
        var dealt = new DealtView(TestLayouts.Counting(10), 4);
        using RowSource source = ParallelRows.Open(dealt, [.. dealt.Schema], TestLayouts.Numbers(3), null, "training data", null, 4);
        Assert.IsInstanceOfType<CursorRows>(source);
        Assert.AreEqual(0, dealt.Cursors);
    }

    [TestMethod]
    public void A_view_that_gives_one_cursor_is_read_by_it()
    {
        TestView view = TestLayouts.Counting(10, Width);
        using RowSource source = Open(view, 4);
        Assert.IsInstanceOfType<CursorRows>(source);
    }

    /// <summary>A row of 4 MB: 128 of them are all that may be kept.</summary>
    [TestMethod]
    public void Very_wide_rows_are_read_by_no_more_threads_than_their_memory_allows()
    {
        const int Wide = 1 << 20;
        var dealt = new DealtView(TestLayouts.Counting(3, Wide - 1), 4);
        using RowSource source = ParallelRows.Open(dealt, [.. dealt.Schema], TestLayouts.Numbers(Wide - 1), null, "training data", null, 8);
        Assert.IsInstanceOfType<CursorRows>(source);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(37)]
    [DataRow(99)]
    public void An_error_comes_in_its_row_s_place_and_names_it(int badRow)
    {
        TestView view = TestLayouts.Counting(100, Width);
        var dealt = new DealtView(view, 8)
        {
            BeforeRead = row =>
            {
                if (row == badRow)
                {
                    throw new InvalidDataException("The image is broken.");
                }
            },
        };
        int thread = Environment.CurrentManagedThreadId;
        using (RowSource source = Open(dealt, 3))
        {
            for (int row = 0; row < badRow; row++)
            {
                Assert.IsTrue(source.MoveNext());
            }

            InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => source.MoveNext());
            Assert.AreEqual($"Row {badRow} of the training data cannot be read: The image is broken.", error.Message);
            Assert.IsInstanceOfType<InvalidDataException>(error.InnerException);
        }

        Assert.AreEqual(0, view.OpenCursors);
    }

    [TestMethod]
    public void An_error_of_the_view_comes_out_too()
    {
        TestView view = TestLayouts.Counting(100, Width);
        view.BeforeRow = row =>
        {
            if (row == 50)
            {
                throw new InvalidDataException("The disk is gone.");
            }
        };
        using RowSource source = Open(new DealtView(view, 8), 3);
        int rows = 0;
        Assert.EndsWith("The disk is gone.", Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            while (source.MoveNext())
            {
                rows++;
            }
        }).Message);
        Assert.AreEqual(50, rows);
    }

    [TestMethod]
    public void A_missing_value_names_its_row_in_the_data()
    {
        TestView view = new TestView(60).WithVector("Features", Width, (row, slot) => row == 45 && slot == 3 ? float.NaN : row).WithNumber("Label", row => row);
        using var reader = new ExampleReader(new DealtView(view, 8), Layout, MissingValues.Error);
        Assert.StartsWith("Column 'Features', slot 3, is missing (NaN, infinite or key 0) in row 45", Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            while (reader.MoveNext())
            {
            }
        }).Message);
    }

    /// <summary>Whatever reads on after its end would count.</summary>
    [TestMethod]
    public void Whoever_stops_early_leaves_no_thread_behind()
    {
        TestView view = TestLayouts.Counting(long.MaxValue, Width);
        using (RowSource source = Open(new DealtView(view, 8), 3))
        {
            Assert.IsTrue(source.MoveNext());
        }

        Assert.AreEqual(0, view.OpenCursors);
        long read = view.RowsRead;
        Thread.Sleep(5);
        Assert.AreEqual(read, view.RowsRead);
    }

    /// <summary>Nobody takes rows: each thread reads as many as it may keep, and no more.</summary>
    [TestMethod]
    public void Threads_read_ahead_as_far_as_they_may()
    {
        long read = 0;
        var dealt = new DealtView(TestLayouts.Counting(long.MaxValue, Width), 8) { BeforeRead = _ => Interlocked.Increment(ref read) };
        using RowSource source = Open(dealt, 3);
        // Two columns a row, and 128 rows a thread.
        const int Most = 2 * 3 * 128;
        Assert.IsTrue(SpinWait.SpinUntil(() => Interlocked.Read(ref read) == Most, 5000));
        Thread.Sleep(5);
        Assert.AreEqual(Most, Interlocked.Read(ref read));
    }

    [TestMethod]
    public void Groups_and_the_split_are_those_of_one_cursor()
    {
        IDataView Rows(Func<TestView, IDataView> around) => around(TestLayouts.Counting(300, Width));
        List<float> Epoch(IDataView view, Random? shuffle)
        {
            var reading = new ExampleReading(Layout, MissingValues.Error, 50 * Width * sizeof(float), 0.3, 5) { SamplingKeyColumn = "Label" };
            using var log = new LogOf();
            return TestLayouts.Labels(ExampleSet.Read(view, reading, log.Channel, () => { }).Training, shuffle);
        }

        foreach (int? seed in new int?[] { null, 3 })
        {
            Random? Shuffle() => seed is { } value ? new Random(value) : null;
            List<float> one = Epoch(Rows(view => view), Shuffle());
            Assert.IsTrue(one.Count is > 150 and < 270);
            CollectionAssert.AreEqual(one, Epoch(Rows(view => new DealtView(view, 16)), Shuffle()));
        }
    }

    private static RowSource Open(IDataView view, int cursors) => ParallelRows.Open(view, [.. view.Schema], Layout, null, "training data", null, cursors);
}
