namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Scoring all rows of a cached view.</summary>
internal static class ViewContests
{
    /// <summary>Beside reading the same rows and nothing else, and then running the network on as many, in the best batches.</summary>
    internal static Contest BesideDirectSession(BenchmarkNetwork network, int rows)
    {
        var scored = new ScoredNetwork(network);
        IDataView view = scored.CachedRows(rows);
        IDataView ours = scored.Model.Transform(view);
        DirectSession direct = DirectSession.Fastest(scored);
        return new Contest(
            () => Read<Ours>(ours, "Score"),
            () =>
            {
                Read<Bare>(view, "Features");
                direct.Score(rows);
            },
            rows, direct, scored);
    }

    /// <summary>Beside the loop that one writes for ONNX Runtime: it fills batches from the view, runs them and reads the scores out.</summary>
    internal static Contest BesideLoopByHand(BenchmarkNetwork network, int rows)
    {
        var scored = new ScoredNetwork(network);
        IDataView view = scored.CachedRows(rows);
        IDataView ours = scored.Model.Transform(view);
        DirectSession direct = DirectSession.Fastest(scored);
        return new Contest(() => Read<Ours>(ours, "Score"), () => direct.Score(view, "Features"), rows, direct, scored);
    }

    /// <summary>That loop, beside what <see cref="BesideDirectSession"/> is held against: what lies between them, nobody can save.</summary>
    internal static Contest LoopByHand(BenchmarkNetwork network, int rows)
    {
        var scored = new ScoredNetwork(network);
        IDataView view = scored.CachedRows(rows);
        DirectSession direct = DirectSession.Fastest(scored);
        return new Contest(
            () => direct.Score(view, "Features"),
            () =>
            {
                Read<Bare>(view, "Features");
                direct.Score(rows);
            },
            rows, direct, scored);
    }

    /// <summary>Beside ML.NET's own transformer for ONNX files, over the same view with the exported file.</summary>
    internal static Contest BesideOnnxTransformer(BenchmarkNetwork network, int rows)
    {
        var scored = new ScoredNetwork(network);
        IDataView view = scored.CachedRows(rows);
        IDataView ours = scored.Model.Transform(view);
        var peer = scored.Context.Transforms.ApplyOnnxModel(["Score"], ["Features"], scored.OnnxFile).Fit(view);
        IDataView peers = peer.Transform(view);
        return new Contest(() => Read<Ours>(ours, "Score"), () => Read<Peer>(peers, "Score"), rows, peer, scored);
    }

    private static void Read<TReader>(IDataView view, string column)
        where TReader : struct
    {
        if (!float.IsFinite(ScoredNetwork.Read<TReader>(view, column)))
        {
            throw new InvalidOperationException($"Column '{column}' is not finite.");
        }
    }

    private readonly struct Ours;

    private readonly struct Peer;

    private readonly struct Bare;
}
