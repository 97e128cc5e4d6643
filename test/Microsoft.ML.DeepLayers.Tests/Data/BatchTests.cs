using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class BatchTests
{
    private static readonly ExampleLayout Layout = new(
        [new InputColumn("A", new Shape(2)), new InputColumn("B", new Shape(1))], new LabelColumn("Label", LabelEncoding.Number, false), "Weight");

    [TestMethod]
    public void Each_column_is_contiguous()
    {
        var batch = new Batch(Layout, 3);
        batch.Add([1, 2, 3, 4, 5]);
        batch.Add([10, 20, 30, 40, 50]);
        Assert.AreEqual(2, batch.Count);
        Assert.IsFalse(batch.IsFull);
        CollectionAssert.AreEqual(new float[] { 1, 2, 10, 20 }, batch.Inputs[0].Span[..4].ToArray());
        CollectionAssert.AreEqual(new float[] { 3, 30 }, batch.Inputs[1].Span[..2].ToArray());
        CollectionAssert.AreEqual(new float[] { 4, 40 }, batch.Labels[0].Span[..2].ToArray());
        CollectionAssert.AreEqual(new float[] { 5, 50 }, batch.Weights!.Span[..2].ToArray());
        batch.Add([100, 200, 300, 400, 500]);
        Assert.IsTrue(batch.IsFull);
    }

    [TestMethod]
    public void Cleared_it_is_filled_from_the_start()
    {
        var batch = new Batch(Layout, 2);
        batch.Add([1, 2, 3, 4, 5]);
        batch.Clear();
        Assert.AreEqual(0, batch.Count);
        batch.Add([9, 9, 9, 9, 9]);
        Assert.AreEqual((1, 9f), (batch.Count, batch.Inputs[0].Span[0]));
    }

    [TestMethod]
    public void Without_weights_there_are_none()
    {
        var batch = new Batch(TestLayouts.Numbers(2), 2);
        Assert.IsNull(batch.Weights);
        Assert.AreEqual(4, batch.Inputs[0].Length);
        Assert.AreEqual(2, batch.Labels[0].Length);
    }
}
