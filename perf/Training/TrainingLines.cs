namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The comparisons of training.</summary>
internal static class TrainingLines
{
    internal static IEnumerable<RatioLine> All
    {
        get
        {
            yield return Step(Mlp.Small, 500, "forward and backward alone", withOptimizer: false, 1.15);
            yield return Step(Mlp.Small, 500, "a step by hand", withOptimizer: true, null);
            yield return Step(Mlp.Wide, 20, "a step by hand", withOptimizer: true, null);
            yield return Step(new Cnn(), 5, "a step by hand", withOptimizer: true, null);
            yield return Step(new Recurrent(), 20, "a step by hand", withOptimizer: true, null);
            yield return Fit(Mlp.Small, 0.75);
            // Nine tenths of it are the same matrix products for both: what is left to tell apart is as large as the noise of a few rounds.
            yield return Fit(Mlp.Wide, 0.95, roundsFactor: 3);
            yield return Fit(new Cnn(), 1);
            yield return Fit(new Recurrent(), 1);
            if (PyTorchLoop.Version is not null)
            {
                foreach (BenchmarkNetwork network in (BenchmarkNetwork[])[Mlp.Small, Mlp.Wide, new Cnn(), new Recurrent()])
                {
                    yield return new("Fit", network.Name, $"PyTorch {PyTorchLoop.Version}", "step", null, () => FitContest.BesidePyTorch(network));
                }
            }
        }
    }

    private static RatioLine Step(BenchmarkNetwork network, int steps, string peer, bool withOptimizer, double? limit) => new(
        "step", network.Name, peer, "step", limit, () => StepContest.Create(network, steps, withOptimizer));

    private static RatioLine Fit(BenchmarkNetwork network, double limit, int roundsFactor = 1) => new(
        "Fit", network.Name, "hand-written loop", "step", limit, () => FitContest.Create(network))
    { RoundsFactor = roundsFactor };
}
