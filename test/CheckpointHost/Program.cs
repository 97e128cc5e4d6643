using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

// CheckpointHost <backup> <weights>: trains, taking up what an earlier process has left in <backup>, and writes the final
// weights and history to <weights>. Everything that has a state takes part: dropout, batch normalization, mixing of
// examples, moments, accumulated gradients, the average of the weights, a learning rate schedule, early stopping.
// CheckpointHost save <zip>: saves a model again and again, until it is killed.
if (args is ["save", string zip])
{
    SaveUntilKilled(zip);
}

if (args is not [string backup, string weights])
{
    Console.Error.WriteLine("usage: CheckpointHost <backup> <weights>, or CheckpointHost save <zip>");
    return 2;
}

var ml = new MLContext(seed: 1);
var random = new Random(7);
Row[] rows = [.. Enumerable.Range(0, 2000).Select(_ =>
{
    float[] x = [.. Enumerable.Range(0, 8).Select(_ => random.NextSingle() - 0.5f)];
    return new Row { Features = x, Label = (x[0] * x[1]) + MathF.Sin(3 * x[2]) };
})];
var network = new Sequential { new Dense(32, Activation.ReLU), new BatchNormalization(), new Dropout(0.2f), new Dense(16, Activation.Tanh) };
var options = new NeuralNetworkOptions
{
    Epochs = 12,
    BatchSize = 16,
    ValidationFraction = 0.2f,
    MixUpAlpha = 0.2f,
    Optimizer = new Adam(LearningRateSchedule.FromFunction("falling", step => 0.01 / (1 + (0.01 * step)))) { GradientAccumulationSteps = 3, EmaMomentum = 0.9f },
    Callbacks = { new BackupAndRestore(backup, everyBatches: 20), new EarlyStopping(patience: 4) },
};
// A batch takes as long as one of a network worth saving.
options.Callbacks.Add(new Slow());
NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(network, options).Fit(ml.Data.LoadFromEnumerable(rows));
NetworkWeights final = model.Model.GetWeights();
var history = model.History.Epochs.SelectMany(epoch => epoch.Metrics.Values).Append(model.History.BestEpoch ?? 0);
final.With(new WeightTensor("history", new Shape(model.History.Epochs.Sum(epoch => epoch.Metrics.Count) + 1), [.. history.Select(value => (float)value)])).SaveSafeTensors(weights);
return 0;

static void SaveUntilKilled(string zip)
{
    var context = new MLContext(seed: 1);
    IDataView data = context.Data.LoadFromEnumerable(Enumerable.Range(0, 16).Select(i => new Row { Features = new float[8], Label = i }).ToArray());
    NeuralNetworkTransformer model = context.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(256) }, epochs: 1).Fit(data);
    while (true)
    {
        context.Model.SaveAtomically(model, data.Schema, zip);
        Console.WriteLine("saved");
    }
}

internal sealed class Row
{
    [VectorType(8)]
    public float[] Features { get; set; } = [];

    public float Label { get; set; }
}

internal sealed record Slow : Callback
{
    public override CallbackRun Begin(TrainingRun training) => new Run();

    private sealed class Run : CallbackRun
    {
        public override void OnBatchEnd(BatchResult batch) => Thread.Sleep(2);
    }
}
