namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The comparisons of scoring.</summary>
internal static class ScoringLines
{
    internal static IEnumerable<RatioLine> All
    {
        get
        {
            const string Direct = "reading, and ONNX Runtime";
            yield return new("score", "view, small MLP", Direct, "row", 1.15, () => ViewContests.BesideDirectSession(Mlp.Small, 1_000_000)) { RoundsFactor = 3 };
            yield return new("score", "view, small MLP", "a loop by hand", "row", null, () => ViewContests.BesideLoopByHand(Mlp.Small, 1_000_000)) { RoundsFactor = 3 };
            yield return new("score", "loop by hand, small MLP", Direct, "row", null, () => ViewContests.LoopByHand(Mlp.Small, 1_000_000)) { RoundsFactor = 3 };
            yield return new("score", "view, CNN", Direct, "row", 1.15, () => ViewContests.BesideDirectSession(new Cnn(), 2_048)) { RoundsFactor = 3 };
            yield return new("score", "view, LSTM", Direct, "row", null, () => ViewContests.BesideDirectSession(new Recurrent(), 2_048)) { RoundsFactor = 3 };
            yield return new("score", "view, small MLP", "ML.NET's OnnxTransformer", "row", 0.2, () => ViewContests.BesideOnnxTransformer(Mlp.Small, 10_000)) { RoundsFactor = 3 };
            yield return new("score", "view, CNN", "ML.NET's OnnxTransformer", "row", null, () => ViewContests.BesideOnnxTransformer(new Cnn(), 512)) { RoundsFactor = 3 };
            yield return new("score", "PredictionEngine, small MLP", "a direct run", "prediction", 1.3, () => PredictionContests.BesideDirectRun(Mlp.Small, 20_000)) { RoundsFactor = 3 };
            yield return new("score", "PredictionEngine, CNN", "a direct run", "prediction", 1.3, () => PredictionContests.BesideDirectRun(new Cnn(), 200)) { RoundsFactor = 3 };
            yield return new("score", "PredictionEngine without a network", "a direct run", "prediction", null, () => PredictionContests.EngineAlone(Mlp.Small, 20_000)) { RoundsFactor = 3 };
            yield return new("score", "PredictionEngines on 2 threads, small MLP", "direct runs", "prediction", 1.3, () => PredictionContests.OnThreads(Mlp.Small, 20_000, threads: 2)) { RoundsFactor = 3 };
            yield return new("score", "PredictionEngines on 2 threads, CNN", "direct runs", "prediction", 1.3, () => PredictionContests.OnThreads(new Cnn(), 200, threads: 2)) { RoundsFactor = 3 };
            foreach ((bool outside, string where) in new[] { (false, "a bare session, inside Main"), (true, "a bare session, whole process") })
            {
                yield return new("score", "first prediction from a zip, small MLP", where, "process", 1.5, () => FreshProcess.OfZip(Mlp.Small, outside));
                yield return new("score", "first prediction: a zip without a network", where, "process", null, () => FreshProcess.WithoutNetwork(Mlp.Small, outside));
                yield return new("score", "first prediction: the same, and a session beside it", where, "process", null, () => FreshProcess.SideBySide(Mlp.Small, outside));
            }
        }
    }
}
