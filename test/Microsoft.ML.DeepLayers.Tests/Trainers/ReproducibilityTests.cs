using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>The same seed gives the same weights to the bit, whatever else the process does.</summary>
[TestClass]
public sealed class ReproducibilityTests
{
    private static readonly Sequential WithDropout = [new Dense(16, Activation.ReLU), new Dropout(0.3f), new Dense(8, Activation.ReLU)];

    [TestMethod]
    public void Seed_comes_from_the_context_unless_the_options_set_it()
    {
        byte[] a = Train(new MLContext(seed: 5), null);
        CollectionAssert.AreEqual(a, Train(new MLContext(seed: 5), null));
        CollectionAssert.AreNotEqual(a, Train(new MLContext(seed: 6), null));
        CollectionAssert.AreEqual(a, Train(new MLContext(seed: 6), 5));
    }

    [TestMethod]
    public void A_context_without_a_seed_trains_differently_each_time() =>
        CollectionAssert.AreNotEqual(Train(new MLContext(), null), Train(new MLContext(), null));

    [TestMethod]
    public void Two_fits_of_one_estimator_are_equal()
    {
        var ml = new MLContext(seed: 5);
        IDataView data = TrainerData.View(ml, 128);
        NeuralNetworkTrainer trainer = TrainerPipelines.Regression(ml, epochs: 2);
        CollectionAssert.AreEqual(trainer.Fit(data).Model.Trained.Onnx, trainer.Fit(data).Model.Trained.Onnx);
    }

    [TestMethod]
    public void Concurrent_fits_do_not_disturb_each_other()
    {
        byte[] alone = Train(new MLContext(seed: 5), null);
        byte[][] together = new byte[4][];
        Parallel.For(0, together.Length, i => together[i] = Train(new MLContext(seed: 5), null));
        foreach (byte[] model in together)
        {
            CollectionAssert.AreEqual(alone, model);
        }
    }

    private static byte[] Train(MLContext ml, int? seed)
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 2);
        options.Seed = seed;
        return ml.Regression.Trainers.NeuralNetwork(WithDropout, options).Fit(TrainerData.View(ml, 128)).Model.Trained.Onnx;
    }
}
