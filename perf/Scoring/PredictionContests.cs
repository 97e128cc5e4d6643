namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Predictions one at a time.</summary>
internal static class PredictionContests
{
    /// <summary>By a PredictionEngine, beside a direct run on one row.</summary>
    internal static Contest BesideDirectRun(BenchmarkNetwork network, int predictions)
    {
        var scored = new ScoredNetwork(network);
        var engine = new PredictionLoop(scored, scored.Model);
        var direct = new DirectSession(scored.OnnxFile, network, batchSize: 1);
        return new Contest(() => engine.Predict(predictions), () => Run(direct, engine.Row, predictions), predictions, engine, direct, scored);
    }

    /// <summary>The PredictionEngine itself, of a model that only copies its column, beside a direct run on one row.</summary>
    internal static Contest EngineAlone(BenchmarkNetwork network, int predictions)
    {
        var scored = new ScoredNetwork(network);
        var engine = new PredictionLoop(scored, scored.Context.Transforms.CopyColumns("Score", "Features").Fit(network.View(scored.Context, 1)));
        var direct = new DirectSession(scored.OnnxFile, network, batchSize: 1);
        return new Contest(() => engine.Predict(predictions), () => Run(direct, engine.Row, predictions), predictions, engine, direct, scored);
    }

    /// <summary>By threads with an engine each and one model, beside as many that run one session.</summary>
    internal static Contest OnThreads(BenchmarkNetwork network, int predictions, int threads)
    {
        var scored = new ScoredNetwork(network);
        PredictionLoop[] engines = [.. Enumerable.Range(0, threads).Select(_ => new PredictionLoop(scored, scored.Model))];
        DirectSession[] directs = [.. engines.Select(_ => new DirectSession(scored.OnnxFile, network, batchSize: 1))];
        return new Contest(
            () => Together(threads, thread => engines[thread].Predict(predictions)),
            () => Together(threads, thread => Run(directs[thread], engines[thread].Row, predictions)),
            (long)threads * predictions, [.. engines, .. directs, scored]);
    }

    private static void Run(DirectSession session, float[] row, int predictions)
    {
        for (int i = 0; i < predictions; i++)
        {
            session.Score(row);
        }
    }

    private static void Together(int threads, Action<int> work)
    {
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() => work(thread)))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
    }
}
