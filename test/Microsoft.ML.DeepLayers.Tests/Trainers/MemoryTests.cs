using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Native memory goes back, round after round.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MemoryTests(TestContext context)
{
    [TestMethod]
    public void A_thousand_rounds_of_fit_and_transform_leave_no_tensor_and_no_memory_behind()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        void Round()
        {
            using NeuralNetworkTransformer model = TrainerPipelines.Regression(ml, epochs: 1).Fit(data);
            Assert.HasCount(64, TrainerPipelines.Scores(ml, model, data));
        }

        for (int i = 0; i < 50; i++)
        {
            Round();
        }

        long tensors = LiveTensors.Count();
        long memory = ResidentMemory();
        for (int i = 0; i < 1000; i++)
        {
            Round();
        }

        long growth = ResidentMemory() - memory;
        context.WriteLine($"live tensors {tensors} before, {torch.Tensor.TotalCount} after; resident memory {memory >> 20} MB, {growth / 1024.0 / 1024.0:0.0} MB more after");
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        Assert.IsLessThan(20L << 20, growth, "resident memory grew");
    }

    private static long ResidentMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
