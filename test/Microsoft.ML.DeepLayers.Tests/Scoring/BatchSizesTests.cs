using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>How many rows are scored at once.</summary>
[TestClass]
public sealed class BatchSizesTests
{
    [TestMethod]
    public void Heavy_rows_make_small_batches()
    {
        Assert.AreEqual(2048, BatchSizes.Best(33, new RowCost(6_208, 64)));
        Assert.AreEqual(100, BatchSizes.Best(33, new RowCost((64 << 20) / 100, 64)));
        Assert.AreEqual(1, BatchSizes.Best(33, new RowCost(long.MaxValue, 64)));
        Assert.AreEqual(2048, BatchSizes.Best(33, new RowCost(0, 0)));
    }

    [TestMethod]
    public void Large_rows_make_small_batches()
    {
        Assert.AreEqual(8, BatchSizes.Best(1 << 18, new RowCost(1, 0)), "8 MiB of 1 MiB each");
        Assert.AreEqual(4, BatchSizes.Best(0, new RowCost(1, 1 << 18)), "Inside, two such tensors exist at a time.");
        Assert.AreEqual(1, BatchSizes.Best(1 << 30, new RowCost(1, 1)));
    }

    [TestMethod]
    public void Where_nothing_is_known_batches_are_of_middle_size() => Assert.AreEqual(256, BatchSizes.Best(33, null));

    [TestMethod]
    public void Batches_grow_up_to_the_largest()
    {
        var sizes = BatchSizes.UpTo(100);
        int[] grown = [BatchSizes.First, sizes.After(1), sizes.After(4), sizes.After(16), sizes.After(64), sizes.After(100)];
        CollectionAssert.AreEqual(new[] { 1, 4, 16, 64, 100, 100 }, grown);
        Assert.AreEqual(1, BatchSizes.UpTo(0).Largest);
        Assert.AreEqual(int.MaxValue, BatchSizes.UpTo(int.MaxValue).After(int.MaxValue - 1));
    }
}
