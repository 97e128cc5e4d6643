using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Reading examples allocates nothing a row, whatever the types of the columns.</summary>
[TestClass]
public sealed class AllocationTests
{
    private const int Rows = 20_000;

    [TestMethod]
    public void ExampleReader_allocates_nothing_a_row()
    {
        var layout = new ExampleLayout(
            [
                new InputColumn("Floats", new Shape(40)), new InputColumn("Doubles", new Shape(3)), new InputColumn("Sparse", new Shape(9)),
                new InputColumn("Flags", new Shape(2)), new InputColumn("Number", new Shape(1), IndexLimit: 5),
            ],
            new LabelColumn("Label", LabelEncoding.ClassIndex, IsKey: true),
            "Weight");
        TestView view = new TestView(Rows)
            .WithVector("Floats", 40, (row, slot) => slot)
            .With("Doubles", new VectorDataViewType(NumberDataViewType.Double, 3), (long _, ref VBuffer<double> value) => Dense(3, ref value))
            .With("Sparse", new VectorDataViewType(NumberDataViewType.Int32, 9), (long _, ref VBuffer<int> value) => Sparse(9, ref value))
            .With("Flags", new VectorDataViewType(BooleanDataViewType.Instance, 2), (long _, ref VBuffer<bool> value) => Dense(2, ref value))
            .With("Number", NumberDataViewType.Byte, (long row, ref byte value) => value = (byte)(row % 5))
            .With("Label", new KeyDataViewType(typeof(uint), 3), (long row, ref uint value) => value = 1 + (uint)(row % 3))
            .WithNumber("Weight", _ => 1);

        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        for (int i = 0; i < 1000; i++)
        {
            Assert.IsTrue(reader.MoveNext());
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = 0;
        while (reader.MoveNext())
        {
            count++;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.AreEqual(Rows - 1000, count);
        // What the just-in-time compiler allocates for the thread is a few objects, not a few a row.
        Assert.IsLessThan(Rows / 10, allocated);
    }

    [TestMethod]
    public void Skipping_rows_allocates_nothing_a_row()
    {
        TestView view = new TestView(Rows).WithVector("Features", 20, (row, slot) => slot == 19 && row < Rows - 1 ? float.NaN : 0).WithNumber("Label", _ => 0);
        using var reader = new ExampleReader(view, TestLayouts.Numbers(20), MissingValues.Skip);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsTrue(reader.MoveNext());
        Assert.IsLessThan(Rows / 10, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.AreEqual(Rows - 1, reader.SkippedRows);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Epochs_over_cached_examples_allocate_nothing_a_row(bool shuffle)
    {
        ExampleLayout layout = TestLayouts.Numbers(3);
        var store = new FixedRowStore(layout.Width);
        for (int i = 0; i < Rows; i++)
        {
            store.Add([i, i, i, i]);
        }

        var source = new CachedExamples(layout, store, [.. Enumerable.Range(0, Rows)]);
        AssertEpochsAllocateNothing(source, shuffle, perEpoch: shuffle ? Rows * sizeof(int) : 0);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Epochs_over_streamed_examples_allocate_nothing_a_row(bool shuffle)
    {
        var source = new StreamedExamples(TestLayouts.Counting(Rows), TestLayouts.Numbers(3), MissingValues.Error, bufferBytes: 1000 * 16);
        AssertEpochsAllocateNothing(source, shuffle, perEpoch: shuffle ? 1000 * 16 : 0);
    }

    private static void AssertEpochsAllocateNothing(ExampleSource source, bool shuffle, long perEpoch)
    {
        var batch = new Batch(source.Layout, 32);
        int Epoch()
        {
            using IBatchFiller filler = source.BeginEpoch(shuffle ? new Random(1) : null);
            int count = 0;
            while (filler.Fill(batch))
            {
                count += batch.Count;
            }

            return count;
        }

        Assert.AreEqual(Rows, Epoch());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.AreEqual(Rows, Epoch());
        Assert.IsLessThan(perEpoch + (Rows / 2), GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Dense<T>(int size, ref VBuffer<T> value)
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, size);
        editor.Values.Clear();
        value = editor.Commit();
    }

    private static void Sparse(int size, ref VBuffer<int> value)
    {
        VBufferEditor<int> editor = VBufferEditor.Create(ref value, size, 2);
        (editor.Indices[0], editor.Indices[1]) = (2, 7);
        (editor.Values[0], editor.Values[1]) = (1, 1);
        value = editor.Commit();
    }
}
