using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace KeptFiles.Writing;

/// <summary>Trainings that stopped halfway, each beside the model that they lead to.</summary>
internal static class Checkpoints
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly IDataView Train = Rows.View(Ml, 64, seed: 1);

    internal static void Write(KeptWriter writer)
    {
        Optimizer[] optimizers =
        [
            new SGD(0.05f, momentum: 0.9f, nesterov: true), new RMSprop(0.01f, momentum: 0.5f, centered: true), new Adagrad(0.05f), new Adadelta(0.5f),
            new Adam(0.01f, amsgrad: true), new AdamW(0.01f), new Adamax(0.01f), new Nadam(0.01f), new RAdam(0.01f), new Lamb(0.01f), new Lion(1e-3f), new Adafactor(0.01f),
        ];
        foreach (Optimizer optimizer in optimizers)
        {
            NeuralNetworkOptions options = Options(optimizer);
            options.Callbacks.Add(new ModelCheckpoint("epoch-{epoch}.safetensors"));
            Keep(writer, $"checkpoint-{optimizer.GetType().Name.ToLowerInvariant()}", options, "epoch-2.safetensors", batches: 8);
        }

        // Everything else that has a state, in the middle of an epoch and of accumulated gradients.
        NeuralNetworkOptions all = Options(new Adam(new CosineDecay(0.02f, 20)) { GradientAccumulationSteps = 2, EmaMomentum = 0.9f, GlobalClipNorm = 1 });
        all.ValidationFraction = 0.25f;
        all.MixUpAlpha = 0.2f;
        all.Callbacks.Add(new ModelCheckpoint("step-{step}.safetensors", everyBatches: 1));
        all.Callbacks.Add(new EarlyStopping(patience: 3));
        all.Callbacks.Add(new ReduceLROnPlateau(patience: 1));
        all.Callbacks.Add(new StochasticWeightAveraging(startEpoch: 2));
        Keep(writer, "checkpoint-within-epoch", all, "step-4.safetensors", batches: 7);

        NeuralNetworkOptions backup = Options(new Adam(0.01f));
        backup.Callbacks.Add(new BackupAndRestore("backup.safetensors", everyBatches: 3, deleteCheckpoint: false));
        backup.Callbacks.Add(new Interruption(8));
        try
        {
            Trainer(backup).Fit(Train);
            throw new InvalidOperationException("The training was not interrupted.");
        }
        catch (TimeoutException)
        {
            // As meant. Checkpoints are written after all other callbacks: the last one is of the batch before.
            File.Copy("backup.safetensors", "interrupted.safetensors");
            File.Delete("backup.safetensors");
        }

        backup.Callbacks.RemoveAt(1);
        Keep(writer, "checkpoint-backup", backup, "interrupted.safetensors", batches: 7);
    }

    private static NeuralNetworkOptions Options(Optimizer optimizer) => new()
    {
        LabelColumnName = "Number",
        Epochs = 4,
        BatchSize = 16,
        Optimizer = optimizer,
        Device = Device.Cpu,
        Seed = 3,
    };

    private static NeuralNetworkTrainer Trainer(NeuralNetworkOptions options) => Ml.Regression.Trainers.NeuralNetwork(
        new Sequential { new Dense(6, Activation.Tanh), new BatchNormalization(), new Dropout(0.2f), new Dense(3, Activation.ReLU) }, options);

    /// <summary>Writes a checkpoint, and the model of the training that was not interrupted.</summary>
    /// <param name="writer">The folder.</param>
    /// <param name="name">The name of the case.</param>
    /// <param name="options">The options of the training, which writes the checkpoint.</param>
    /// <param name="checkpoint">The name of the checkpoint among all that the training writes.</param>
    /// <param name="batches">The number of batches before the checkpoint.</param>
    private static void Keep(KeptWriter writer, string name, NeuralNetworkOptions options, string checkpoint, int batches)
    {
        NeuralNetworkTransformer model = Trainer(options).Fit(Train);
        File.Move(checkpoint, writer[$"{name}.safetensors"]);
        foreach (string pattern in new[] { "epoch-*", "step-*", "backup.safetensors" })
        {
            foreach (string other in Directory.EnumerateFiles(".", pattern).ToArray())
            {
                File.Delete(other);
            }
        }

        Ml.Model.Save(model, Train.Schema, writer[$"{name}.zip"]);
        if (!File.Exists(writer["checkpoint.idv"]))
        {
            using FileStream stream = File.Create(writer["checkpoint.idv"]);
            Ml.Data.SaveAsBinary(Train, stream);
        }

        JsonObject weights = KeptWeights.Of(NetworkWeights.LoadCheckpoint(writer[$"{name}.safetensors"]));
        writer.Json($"{name}.expected.json", new JsonObject { ["batches"] = batches, ["weights"] = weights });
        // A few steps of training make differences of the last digit larger.
        writer.Add(name, KeptKind.Checkpoint, 1e-3, $"{name}.safetensors", $"{name}.expected.json", $"{name}.zip", "checkpoint.idv");
    }

    private sealed record Interruption(int Batches) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(training, Batches);

        private sealed class Run(TrainingRun training, int batches) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch)
            {
                if (training.Step == batches)
                {
                    throw new TimeoutException("The training was interrupted.");
                }
            }
        }
    }
}
