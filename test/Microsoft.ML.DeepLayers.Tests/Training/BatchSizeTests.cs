using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
[DoNotParallelize]
public sealed class BatchSizeTests
{
    // Four features, sixteen units and one output, with gradients.
    private const long BytesPerExample = 2 * 4 * (4 + 16 + 1);

    [TestMethod]
    [DataRow(8, 8192, 100, 64)]
    [DataRow(8, 8192, 64, 64)]
    [DataRow(8, 8192, 63, 32)]
    [DataRow(8, 32, 1000, 32)]
    [DataRow(8, 40, 1000, 32)]
    [DataRow(10, 8192, 100, 64)]
    [DataRow(1, 1, 1000, 1)]
    public void The_largest_power_of_two_that_fits(int initial, int max, int limit, int expected)
    {
        var tried = new List<int>();
        Assert.AreEqual(expected, BatchSizeSearch.Find(initial, max, size =>
        {
            tried.Add(size);
            return size <= limit;
        }));
        Assert.IsTrue(tried.TrueForAll(size => size <= max && int.IsPow2(size)));
    }

    [TestMethod]
    public void Where_nothing_fits_it_says_so() => Assert.AreEqual(
        "Not even batches of 8 examples fit into memory. Begin with fewer (initial), or make the network or its inputs smaller.",
        Assert.ThrowsExactly<InvalidOperationException>(() => BatchSizeSearch.Find(8, 64, _ => false)).Message);

    [TestMethod]
    [DataRow(100 * BytesPerExample, 64)]
    [DataRow(64 * BytesPerExample, 64)]
    [DataRow((64 * BytesPerExample) - 1, 32)]
    // No more than the 400 examples that there are.
    [DataRow(100_000 * BytesPerExample, 256)]
    public void A_trainer_is_tried_within_a_budget_of_bytes(long bytes, int expected)
    {
        var ml = new MLContext(seed: 1);
        Assert.AreEqual(expected, Trainer(ml).FindBatchSize(TrainerData.View(ml), 8, 8192, bytes));
    }

    [TestMethod]
    public void By_default_memory_has_room_for_all_of_a_small_data_set()
    {
        var ml = new MLContext(seed: 1);
        long tensors = LiveTensors.Count();
        Assert.AreEqual(256, Trainer(ml).FindBatchSize(TrainerData.View(ml)));
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        Assert.AreEqual(8, Trainer(ml).FindBatchSize(TrainerData.View(ml, count: 5)));
    }

    [TestMethod]
    public void Messages_of_libtorch_that_memory_ran_out_are_known()
    {
        foreach (string message in new[]
        {
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB",
            "CUDA error: out of memory",
            "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes.",
        })
        {
            Assert.IsTrue(BatchSizeSearch.IsOutOfMemory(new InvalidOperationException("libtorch failed on a batch of 8 examples", new InvalidOperationException(message))), message);
        }

        Assert.IsTrue(BatchSizeSearch.IsOutOfMemory(new InsufficientMemoryException()));
        Assert.IsFalse(BatchSizeSearch.IsOutOfMemory(new InvalidOperationException("Training diverged in epoch 1")));
    }

    [TestMethod]
    public void Other_errors_come_out_and_divergence_is_none()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkTrainer missing = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, "Nothing");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => missing.FindBatchSize(TrainerData.View(ml))).Message, "Nothing");
        Assert.AreEqual("initial", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer(ml).FindBatchSize(TrainerData.View(ml), 0)).ParamName);
        Assert.AreEqual("max", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer(ml).FindBatchSize(TrainerData.View(ml), 8, 7)).ParamName);
        NeuralNetworkOptions diverging = TrainerPipelines.Options("Number");
        diverging.Optimizer = new SGD(1e30f);
        Assert.AreEqual(256, ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(16) }, diverging).FindBatchSize(TrainerData.View(ml)));
    }

    private static NeuralNetworkTrainer Trainer(MLContext ml) =>
        ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(16, Activation.ReLU) }, TrainerPipelines.Options("Number"));
}
