using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class BatchTensorsTests
{
    private static readonly ExampleLayout Layout = new(
        [new InputColumn("A", new Shape(4)), new InputColumn("B", new Shape(1))], new LabelColumn("Label", LabelEncoding.Number, false), "Weight");

    [TestMethod]
    public void Batches_whole_and_partial_are_tensors_of_their_shapes()
    {
        var pipeline = new BatchPipeline(Layout, 3);
        using var tensors = new BatchTensors(pipeline, [new Shape(2, 2), new Shape(1)], CPU);
        using DisposeScope scope = NewDisposeScope();
        Batch batch = pipeline.Batches[1];
        batch.Add([1, 2, 3, 4, 5, 6, 7]);
        batch.Add([10, 20, 30, 40, 50, 60, 70]);
        AssertBatch(tensors[batch], 2, [1, 2, 3, 4, 10, 20, 30, 40], [5, 50], [6, 60], [7, 70]);
        batch.Add([100, 200, 300, 400, 500, 600, 700]);
        AssertBatch(tensors[batch], 3, [1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400], [5, 50, 500], [6, 60, 600], [7, 70, 700]);

        // Filled again, the same memory has other values.
        batch.Clear();
        batch.Add([9, 9, 9, 9, 8, 7, 6]);
        AssertBatch(tensors[batch], 1, [9, 9, 9, 9], [8], [7], [6]);
    }

    [TestMethod]
    public void Without_weights_there_are_none()
    {
        var pipeline = new BatchPipeline(Data.TestLayouts.Numbers(2), 2);
        using var tensors = new BatchTensors(pipeline, [new Shape(2)], CPU);
        using DisposeScope scope = NewDisposeScope();
        pipeline.Batches[0].Add([1, 2, 3]);
        Assert.IsNull(tensors[pipeline.Batches[0]].Weights);
    }

    [TestMethod]
    public void The_scope_owns_what_is_taken_and_the_rest_goes_with_the_wrapper()
    {
        long before = LiveTensors.Count();
        var pipeline = new BatchPipeline(Layout, 3);
        using (var tensors = new BatchTensors(pipeline, [new Shape(4), new Shape(1)], CPU))
        {
            long wrapped = Tensor.TotalCount;
            for (int i = 0; i < 5; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                pipeline.Batches[0].Clear();
                pipeline.Batches[0].Add(new float[7]);
                _ = tensors[pipeline.Batches[0]];
            }

            Assert.AreEqual(wrapped, Tensor.TotalCount);
        }

        Assert.AreEqual(before, Tensor.TotalCount);
    }

    /// <summary>Where libtorch's own memory would be, so that the same seed gives the same bits; and nothing is copied.</summary>
    [TestMethod]
    public void Inputs_lie_in_the_batches_memory_at_multiples_of_64()
    {
        foreach (int capacity in new[] { 1, 3, 32, 33 })
        {
            var pipeline = new BatchPipeline(Layout, capacity);
            using var tensors = new BatchTensors(pipeline, [new Shape(4), new Shape(1)], CPU);
            using DisposeScope scope = NewDisposeScope();
            foreach (Batch batch in pipeline.Batches)
            {
                batch.Add([1, 2, 3, 4, 5, 6, 7]);
                BatchTensorSet set = tensors[batch];
                foreach (Tensor tensor in new[] { set.Inputs[0], set.Inputs[1], set.Labels[0], set.Weights! })
                {
                    Assert.AreEqual(0, AddressOf(tensor) % AlignedBuffer.Alignment);
                }

                batch.Inputs[0].Span[2] = 30;
                CollectionAssert.AreEqual(new float[] { 1, 2, 30, 4 }, set.Inputs[0].data<float>().ToArray());
            }
        }
    }

    private static unsafe nint AddressOf(Tensor tensor)
    {
        fixed (byte* address = tensor.bytes)
        {
            return (nint)address;
        }
    }

    private static void AssertBatch(BatchTensorSet set, int count, float[] first, float[] second, float[] labels, float[] weights)
    {
        CollectionAssert.AreEqual(new long[] { count, 2, 2 }, set.Inputs[0].shape);
        CollectionAssert.AreEqual(new long[] { count, 1 }, set.Inputs[1].shape);
        CollectionAssert.AreEqual(new long[] { count }, set.Labels[0].shape);
        CollectionAssert.AreEqual(first, set.Inputs[0].data<float>().ToArray());
        CollectionAssert.AreEqual(second, set.Inputs[1].data<float>().ToArray());
        CollectionAssert.AreEqual(labels, set.Labels[0].data<float>().ToArray());
        CollectionAssert.AreEqual(weights, set.Weights!.data<float>().ToArray());
    }
}
