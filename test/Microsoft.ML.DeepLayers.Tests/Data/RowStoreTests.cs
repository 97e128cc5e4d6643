using CsCheck;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class RowStoreTests
{
    [TestMethod]
    public void Rows_come_back_as_they_were_added() => Property.Holds(
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 40], Gen.Int[1, 50]),
        example =>
        {
            (int width, int count, int capacity) = example;
            count = Math.Min(count, capacity);
            var store = new FixedRowStore(width, capacity);
            for (int row = 0; row < count; row++)
            {
                store.Add([.. Enumerable.Range(0, width).Select(column => (row * 10f) + column)]);
            }

            Assert.AreEqual(count, store.Count);
            for (int row = 0; row < count; row++)
            {
                CollectionAssert.AreEqual(Enumerable.Range(0, width).Select(column => (row * 10f) + column).ToArray(), store[row].ToArray());
            }

            Assert.IsLessThanOrEqualTo((long)capacity * width * sizeof(float), store.Bytes);
        });

    [TestMethod]
    public void Many_blocks_hold_as_many_rows_as_one()
    {
        // Two rows a block, and arrays of 1, 1, 2, 4, 8 and 4 blocks.
        const int Width = 300_000;
        var store = new FixedRowStore(Width, capacity: 40);
        float[] row = new float[Width];
        for (int i = 0; i < 40; i++)
        {
            (row[0], row[^1]) = (i, -i);
            store.Add(row);
        }

        for (int i = 0; i < 40; i++)
        {
            store.Prefetch(i);
            Assert.AreEqual(Width, store[i].Length);
            Assert.AreEqual((i, -i), (store[i][0], store[i][^1]));
        }

        Assert.AreEqual(40L * Width * sizeof(float), store.Bytes);
    }

    [TestMethod]
    [DataRow(2_000_000)]
    [DataRow(1 << 20)]
    public void A_row_as_large_as_a_block_or_larger_has_a_block_of_its_own(int width)
    {
        var store = new FixedRowStore(width);
        store.Add(new float[width]);
        store.Add(Enumerable.Repeat(1f, width).ToArray());
        Assert.AreEqual(2L * width * sizeof(float), store.Bytes);
        Assert.AreEqual((0f, 1f), (store[0][^1], store[1][0]));
    }

    [TestMethod]
    public void Rows_can_be_written_in_place()
    {
        var store = new FixedRowStore(2);
        store.Add([1, 2]);
        store.Add([3, 4]);
        store[0][1] = 9;
        CollectionAssert.AreEqual(new float[] { 1, 9 }, store[0].ToArray());
        CollectionAssert.AreEqual(new float[] { 3, 4 }, store[1].ToArray());
    }

    /// <summary>Also where the capacity is not a whole number of blocks.</summary>
    [TestMethod]
    [DataRow(10)]
    [DataRow((1 << 20) + 5)]
    [DataRow(3 << 19)]
    public void A_store_takes_no_more_memory_than_its_capacity(int capacity)
    {
        var store = new FixedRowStore(1, capacity);
        for (int i = 0; i < capacity; i++)
        {
            store.Add([i]);
        }

        Assert.AreEqual((long)capacity * sizeof(float), store.Bytes);
        Assert.AreEqual((0f, capacity - 1f), (store[0][0], store[capacity - 1][0]));
    }
}
