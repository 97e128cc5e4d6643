using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Files to go on from.</summary>
[TestClass]
public sealed class ModelCheckpointTests
{
    [TestMethod]
    public void One_is_written_after_every_so_many_epochs_under_the_epochs_name()
    {
        using var folder = new TemporaryFolder();
        FakeTraining training = Watch(new ModelCheckpoint(folder["{epoch:000}-{val_loss:0.00}.safetensors"], everyEpochs: 2), [0.5, 0.25, 0.125, 0.75]);
        CollectionAssert.AreEqual(new[] { folder["002-0.25.safetensors"], folder["004-0.75.safetensors"] }, training.Checkpoints);
    }

    [TestMethod]
    public void The_best_only_leaves_out_what_is_not_better()
    {
        using var folder = new TemporaryFolder();
        CollectionAssert.AreEqual(
            new[] { folder["1"], folder["3"] }, Watch(new ModelCheckpoint(folder["{epoch}"], saveBestOnly: true), [0.5, 0.5, 0.25, 0.75]).Checkpoints);
        CollectionAssert.AreEqual(
            new[] { folder["1"], folder["4"] },
            Watch(new ModelCheckpoint(folder["{epoch}"], "val_accuracy", saveBestOnly: true), [0.5, 0.5, 0.25, 0.75]).Checkpoints, "more is better");
    }

    [TestMethod]
    public void A_folder_that_is_missing_is_made()
    {
        using var folder = new TemporaryFolder();
        Run(new ModelCheckpoint(Path.Combine(folder["a"], "b", "c.safetensors"))).Train();
        Assert.IsTrue(File.Exists(Path.Combine(folder["a"], "b", "c.safetensors")));
    }

    [TestMethod]
    public void Its_weights_are_those_of_the_training()
    {
        using var folder = new TemporaryFolder();
        string path = folder["last.safetensors"];
        TestRun run = Run(new ModelCheckpoint(path));
        run.Options.Optimizer = new SGD(0.1f);
        WeightAssert.AreEqual(run.Train().Weights, NetworkWeights.LoadCheckpoint(path));
    }

    [TestMethod]
    public void Training_goes_on_from_any_epoch_or_batch_to_the_same_end()
    {
        using var folder = new TemporaryFolder();
        TrainingResult whole = Run(new ModelCheckpoint(folder["{step}"], everyBatches: 3)).Train();
        string[] files = Directory.GetFiles(Path.GetDirectoryName(folder["x"])!);
        Assert.IsGreaterThan(6, files.Length);
        foreach (string file in files)
        {
            TrainingResult resumed = (Run() with { Checkpoint = Checkpoint.Load(file) }).Train();
            WeightAssert.AreEqual(whole.Weights, resumed.Weights);
            CollectionAssert.AreEqual(whole.History["val_loss"].ToArray(), resumed.History["val_loss"].ToArray());
            CollectionAssert.AreEqual(whole.History["loss"].ToArray(), resumed.History["loss"].ToArray());
        }
    }

    [TestMethod]
    public void Where_training_fails_one_more_is_written()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        TestRun run = Run(new LambdaCallback(onEpochBegin: (_, epoch) =>
        {
            if (epoch == 3)
            {
                throw new TimeoutException("Enough.");
            }
        }), new ModelCheckpoint(path, everyEpochs: 100, saveOnException: true));
        Assert.ThrowsExactly<TimeoutException>(() => run.Train());
        Assert.IsFalse(File.Exists(path));
        WeightAssert.AreEqual(Run().Train().Weights, (Run() with { Checkpoint = Checkpoint.Load(path + ".exception") }).Train().Weights);
    }

    [TestMethod]
    public void Another_network_other_settings_and_other_data_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 100);
        NeuralNetworkOptions Options(string? from = null, int batchSize = 32) => new()
        {
            LabelColumnName = "Number",
            Epochs = 1,
            BatchSize = batchSize,
            ResumeFrom = from,
            Callbacks = { new ModelCheckpoint(folder["last"]) },
        };
        void Refused(string part, Network network, NeuralNetworkOptions options, IDataView rows) => StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => ml.Regression.Trainers.NeuralNetwork(network, options).Fit(rows)).Message, part);

        ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }, Options()).Fit(data);
        Refused("BatchSize was 32 and is 16.", new Sequential { new Dense(4) }, Options(folder["last"], 16), data);
        Refused("the network was dense/kernel", new Sequential { new Dense(5) }, Options(folder["last"]), data);
        Refused("the training data has other values.", new Sequential { new Dense(4) }, Options(folder["last"]), TrainerData.View(ml, 100, seed: 2));
        Refused("the number of training examples was 100 and is 90.", new Sequential { new Dense(4) }, Options(folder["last"]), TrainerData.View(ml, 90));
        Assert.ThrowsExactly<FileNotFoundException>(() => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }, Options(folder["none"])).Fit(data));
        File.WriteAllText(folder["text"], "no checkpoint at all, but long enough");
        Assert.ThrowsExactly<FormatException>(() => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }, Options(folder["text"])).Fit(data));
    }

    [TestMethod]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new ModelCheckpoint(" "));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ModelCheckpoint("a", everyEpochs: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BackupAndRestore("a", everyBatches: 0));
        Assert.ThrowsExactly<ArgumentException>(() => new ModelCheckpoint("a", saveBestOnly: true, everyBatches: 2));
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => new ModelCheckpoint("{val_recall}").Begin(new FakeTraining().ToRun())).Message,
            "ModelCheckpoint's path watches 'val_recall', which is not measured.");
    }

    private static TestRun Run(params Callback[] callbacks) => new()
    {
        Training = Rows.Line(40),
        Validation = Rows.Line(10, seed: 2),
        Body = [new Dense(6, Activation.ReLU), new BatchNormalization(), new Dropout(0.3f)],
        Options = new() { Epochs = 4, BatchSize = 8, Optimizer = new Adam(0.01f) { GradientAccumulationSteps = 2, EmaMomentum = 0.9f }, Callbacks = [.. callbacks] },
    };

    private static FakeTraining Watch(ModelCheckpoint callback, double[] values)
    {
        var training = new FakeTraining();
        using CallbackRun run = callback.Begin(training.ToRun());
        for (int epoch = 1; epoch <= values.Length; epoch++)
        {
            run.OnEpochBegin(epoch);
            run.OnEpochEnd(new EpochResult(epoch, new Dictionary<string, double> { [callback.Monitor] = values[epoch - 1], ["val_loss"] = values[epoch - 1] }, 0.1, 0));
        }

        return training;
    }
}
