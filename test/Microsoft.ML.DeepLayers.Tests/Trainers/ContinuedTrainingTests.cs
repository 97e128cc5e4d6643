using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Training goes on from a fitted or loaded model.</summary>
[TestClass]
public sealed class ContinuedTrainingTests
{
    [TestMethod]
    public void Training_continues_from_a_loaded_zip_with_its_weights_and_history()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        NeuralNetworkTransformer first = TrainerPipelines.Regression(ml, epochs: 4).Fit(data);
        ml.Model.Save(first, data.Schema, folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out _);

        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 3);
        options.InitialModel = loaded;
        NeuralNetworkTransformer second = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);

        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4, 5, 6, 7 }, second.History.Epochs.Select(epoch => epoch.Epoch).ToArray());
        CollectionAssert.AreEqual(first.History["loss"].ToArray(), second.History["loss"].Take(4).ToArray());
        Assert.IsLessThan(first.History["loss"][3], second.History["loss"][4], "the first continued epoch begins where the model was");
    }

    [TestMethod]
    public void The_definition_in_a_zip_is_enough_to_continue()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        ml.Model.Save(TrainerPipelines.Multiclass(ml, epochs: 2).Fit(data), data.Schema, folder["model.zip"]);
        var chain = (IEnumerable<ITransformer>)ml.Model.Load(folder["model.zip"], out _);
        NeuralNetworkTransformer network = chain.OfType<NeuralNetworkTransformer>().Single();
        Assert.AreEqual<Network>(TrainerPipelines.Network, network.Network);

        NeuralNetworkOptions options = TrainerPipelines.Options("Label", epochs: 2);
        options.InitialModel = (ITransformer)chain;
        ITransformer continued = ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network.Network, options)).Fit(data);
        Assert.HasCount(4, ((IEnumerable<ITransformer>)continued).OfType<NeuralNetworkTransformer>().Single().History.Epochs);
    }

    [TestMethod]
    public void The_settings_of_the_training_come_back_from_a_zip()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = "Number",
            ExampleWeightColumnName = "Weight",
            Epochs = 2,
            BatchSize = 17,
            Optimizer = new SGD(0.02f, momentum: 0.5f, nesterov: true),
            ValidationFraction = 0.25f,
            Callbacks = { new EarlyStopping("val_mae", patience: 7) },
            Shuffle = false,
            Seed = 11,
            Device = Device.Cpu,
            MissingValues = MissingValues.Skip,
            CacheBytes = 123_456,
        };
        ml.Model.Save(ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data), data.Schema, folder["model.zip"]);

        NeuralNetworkOptions loaded = ((NeuralNetworkTransformer)ml.Model.Load(folder["model.zip"], out _)).Model.GetOptions();

        Assert.AreEqual("Number", loaded.LabelColumnName);
        Assert.AreEqual("Weight", loaded.ExampleWeightColumnName);
        Assert.AreEqual(17, loaded.BatchSize);
        Assert.AreEqual<Optimizer>(options.Optimizer, loaded.Optimizer);
        Assert.AreEqual(0.25f, loaded.ValidationFraction);
        Assert.AreEqual<Callback>(options.Callbacks.Single(), loaded.Callbacks.Single());
        Assert.IsFalse(loaded.Shuffle);
        Assert.AreEqual(11, loaded.Seed);
        Assert.AreEqual(Device.Cpu, loaded.Device);
        Assert.AreEqual(MissingValues.Skip, loaded.MissingValues);
        Assert.AreEqual(123_456, loaded.CacheBytes);
    }

    [TestMethod]
    public void A_model_of_another_form_is_refused_with_all_differences()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 1);
        options.InitialModel = TrainerPipelines.Regression(ml, epochs: 1).Fit(data);
        NeuralNetworkTrainer other = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(5), new Dense(6), new Dense(7) }, options);
        InvalidOperationException exception = Assert.ThrowsExactly<WeightMismatchException>(() => other.Fit(data));
        Assert.Contains("'dense/kernel' has shape [4, 16] instead of [4, 5]", exception.Message);
        Assert.Contains("'dense_2/kernel' [6, 7] is missing", exception.Message);
    }

    [TestMethod]
    public void A_model_without_a_network_is_refused()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 64);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 1);
        options.InitialModel = ml.Transforms.NormalizeMinMax("Features").Fit(data);
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data));
        Assert.Contains("without a trained network", exception.Message);
    }
}
