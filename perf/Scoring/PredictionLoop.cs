namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Predicts one row again and again by a PredictionEngine.</summary>
internal sealed class PredictionLoop : IDisposable
{
    private readonly PredictionEngine<BenchmarkNetwork.Example, Answer> engine;
    private readonly BenchmarkNetwork.Example example;

    internal PredictionLoop(ScoredNetwork network, ITransformer model)
    {
        example = new BenchmarkNetwork.Example { Features = network.Network.Generate(1).Values };
        engine = network.Context.Model.CreatePredictionEngine<BenchmarkNetwork.Example, Answer>(
            model, new PredictionEngineOptions { OwnsTransformer = false, InputSchemaDefinition = network.Network.Definition() });
    }

    internal float[] Row => example.Features;

    internal void Predict(int predictions)
    {
        for (int i = 0; i < predictions; i++)
        {
            engine.Predict(example);
        }
    }

    public void Dispose() => engine.Dispose();

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }
}
