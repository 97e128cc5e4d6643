using System.Text.Json.Nodes;
using KeptFiles;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>Trainings that earlier versions began go on, and end where they would have ended.</summary>
[TestClass]
[DoNotParallelize]
public sealed class KeptCheckpointTests
{
    public static IEnumerable<object[]> Checkpoints => KeptFolders.Cases(KeptKind.Checkpoint);

    [TestMethod]
    [DynamicData(nameof(Checkpoints))]
    public void A_kept_checkpoint_goes_on_to_the_same_model(string version, string name)
    {
        KeptCase kept = KeptFolders.Case(version, name);
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 99);
        IDataView data = ml.Data.LoadFromBinary(KeptFolders.File(version, "checkpoint.idv"));
        NeuralNetworkTransformer whole = KeptModelTests.Networks(ml.Model.Load(KeptFolders.File(version, $"{name}.zip"), out _)).Single();
        string checkpoint = folder["checkpoint.safetensors"];
        File.Copy(KeptFolders.File(version, $"{name}.safetensors"), checkpoint);

        NeuralNetworkOptions options = Options(whole, checkpoint);
        var count = new BatchCount();
        options.Callbacks.Add(count);
        NeuralNetworkTransformer resumed = ml.Regression.Trainers.NeuralNetwork(whole.Network, options).Fit(data);

        // A training from the beginning would end at the same weights, but after more batches.
        int all = whole.History.Epochs.Count * (int)(data.GetColumn<float>("Number").Count() * (1 - options.ValidationFraction)) / options.BatchSize;
        int before = (int)Expected(version, name)["batches"]!;
        Assert.IsTrue(before > 0 && before < all);
        Assert.AreEqual(all - before, count.Batches, "batches after the checkpoint");
        Assert.IsNull(KeptJson.Difference(KeptHistory.Of(whole.History), KeptHistory.Of(resumed.History), kept.Tolerance), $"{version}, {kept}");
        Assert.AreEqual(whole.History.BestEpoch, resumed.History.BestEpoch);
        Assert.IsNull(KeptJson.Difference(KeptWeights.Of(whole.Model.GetWeights()), KeptWeights.Of(resumed.Model.GetWeights()), kept.Tolerance), $"{version}, {kept}");
    }

    [TestMethod]
    [DynamicData(nameof(Checkpoints))]
    public void The_weights_of_a_kept_checkpoint_are_those_that_were_written(string version, string name)
    {
        JsonNode weights = KeptWeights.Of(NetworkWeights.LoadCheckpoint(KeptFolders.File(version, $"{name}.safetensors")));
        Assert.IsNull(KeptJson.Difference(Expected(version, name)["weights"], weights), $"{version}, {name}");
    }

    /// <summary>The options of the training; its checkpoints are of this machine now.</summary>
    private static NeuralNetworkOptions Options(NeuralNetworkTransformer model, string checkpoint)
    {
        NeuralNetworkOptions options = model.Model.GetOptions();
        Callback[] callbacks = [.. options.Callbacks];
        options.Callbacks.Clear();
        foreach (Callback callback in callbacks.Where(callback => callback is not ModelCheckpoint))
        {
            options.Callbacks.Add(callback is BackupAndRestore backup ? new BackupAndRestore(checkpoint, backup.EveryBatches, backup.DeleteCheckpoint) : callback);
        }

        // A backup is found by itself.
        options.ResumeFrom = options.Callbacks.OfType<BackupAndRestore>().Any() ? null : checkpoint;
        return options;
    }

    private static JsonNode Expected(string version, string name) => KeptJson.Read(KeptFolders.File(version, $"{name}.expected.json"));

    private sealed record BatchCount : Callback
    {
        internal int Batches { get; private set; }

        public override CallbackRun Begin(TrainingRun training) => new Run(this);

        private sealed class Run(BatchCount count) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch) => count.Batches++;
        }
    }
}
