using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>What is measured of growth: rows, features, parameters, length of sequences and size of batches.</summary>
internal static class ScaleLines
{
    /// <summary>The steps of an epoch.</summary>
    private const int EpochSteps = 20;

    internal static IReadOnlyList<ScaleSeries> All { get; } =
    [
        new("small MLP 30-64-64, batches of 1024, one epoch from a generated view, streamed where it exceeds 1 GiB", "rows", [10_000, 100_000, 1_000_000, 10_000_000], Rows),
        new("MLP with 64 and 64 units, batches of 32", "features", [30, 300, 3_000, 30_000], features => Step(Mlp(features, 64), features, 32)),
        new("MLP over 30 features with two equal layers, batches of 32", "parameters", [64, 256, 800, 2_560], units => Step(Mlp(30, units), 30, 32) with { Amount = Parameters(units) }),
        new("LSTM with 32 units over steps of 4 values, batches of 8", "steps", [8, 80, 800, 8_000], steps => Step(new Sequential { new Input(steps, 4), new LSTM(32) }, 4 * steps, 8) with { Amount = steps }),
        new("attention with 2 heads of 16 over steps of 32 values, batches of 2", "steps", [4, 40, 400, 4_000], steps => Step(Attention(steps), 32 * steps, 2) with { Amount = steps }),
        new("small MLP 30-64-64", "examples in a batch", [4, 40, 400, 4_000], batch => Step(Mlp(30, 64), 30, batch) with { Amount = batch }),
    ];

    private static Sequential Mlp(int features, int units) => [new Input(features), new Dense(units, Activation.ReLU), new Dense(units, Activation.ReLU)];

    /// <summary>The two layers and an output of one unit.</summary>
    private static long Parameters(int units) => (31L * units) + ((units + 1L) * units) + units + 1;

    private static Network Attention(int steps)
    {
        var input = new Input(steps, 32);
        LayerOutput attended = new MultiHeadAttention(2, 16).Apply(input, input);
        return new Network(input, new GlobalAveragePooling1D().Apply(attended));
    }

    private static ScalePoint Rows(int rows)
    {
        var ml = new MLContext(seed: 1);
        var view = new TableView(rows);
        NeuralNetworkTransformer? model = null;
        double training = Contest.Seconds(() => model = Trainer(ml, Mlp(30, 64), 1024, epochs: 1).Fit(view));
        double scoring = Contest.Seconds(() => ScoredNetwork.ReadNumbers(model!.Transform(view), "Score"));
        model!.Dispose();
        return new ScalePoint(rows, training, scoring);
    }

    /// <summary>A step of training and a scored row, each the median over epochs or passes.</summary>
    private static ScalePoint Step(Network network, int features, int batchSize)
    {
        const int Epochs = 6;
        var ml = new MLContext(seed: 1);
        var view = new TableView(EpochSteps * batchSize, features);
        using NeuralNetworkTransformer model = Trainer(ml, network, batchSize, Epochs).Fit(view);
        double training = Spread.Of(model.History.Epochs.Skip(1).Select(epoch => epoch.Seconds)).Median / EpochSteps;
        IDataView scored = model.Transform(ml.Data.Cache(view));
        ScoredNetwork.ReadNumbers(scored, "Score");
        double scoring = Spread.Of(Enumerable.Range(0, Epochs).Select(_ => Contest.Seconds(() => ScoredNetwork.ReadNumbers(scored, "Score")))).Median;
        return new ScalePoint(features, training, scoring / (EpochSteps * batchSize));
    }

    private static NeuralNetworkTrainer Trainer(MLContext ml, Network network, int batchSize, int epochs) =>
        ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions { Epochs = epochs, BatchSize = batchSize });
}
