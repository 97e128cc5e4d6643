namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>One comparison of ours with a peer.</summary>
/// <param name="Group">What it belongs to, e.g. <c>training</c>.</param>
/// <param name="Name">What is compared.</param>
/// <param name="Peer">With what.</param>
/// <param name="Unit">What is counted, e.g. <c>step</c>.</param>
/// <param name="Limit">What the ratio of our time to the peer's should be at most; <see langword="null"/> where there is no target.</param>
/// <param name="Prepare">Makes both ready.</param>
internal sealed record RatioLine(string Group, string Name, string Peer, string Unit, double? Limit, Func<Contest> Prepare)
{
    /// <summary>How many rounds to run for each that is asked for: more where a round is short and its time noisy.</summary>
    internal int RoundsFactor { get; init; } = 1;
}

/// <summary>What came of a comparison.</summary>
/// <param name="Group">What it belongs to.</param>
/// <param name="Name">What was compared.</param>
/// <param name="Peer">With what.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Ours">Our microseconds a unit.</param>
/// <param name="Peers">The peer's microseconds a unit.</param>
/// <param name="Ratio">Ours divided by the peer's, round by round.</param>
/// <param name="Limit">What it should be at most.</param>
/// <param name="Rounds">The number of rounds.</param>
internal sealed record RatioResult(
    string Group, string Name, string Peer, string Unit, Spread Ours, Spread Peers, Spread Ratio, double? Limit, int Rounds)
{
    /// <summary>Whether the target stands; <see langword="null"/> where there is none.</summary>
    public bool? Stands => Limit is { } limit ? Ratio.Median <= limit : null;

    internal static RatioResult Measure(RatioLine line, int rounds)
    {
        using Contest contest = line.Prepare();
        IReadOnlyList<Round> results = contest.Run(rounds * line.RoundsFactor);
        Spread Micros(Func<Round, double> seconds) => Spread.Of(results.Select(round => 1e6 * seconds(round) / contest.Units));
        return new RatioResult(
            line.Group, line.Name, line.Peer, line.Unit, Micros(round => round.Ours), Micros(round => round.Peer),
            Spread.Of(results.Select(round => round.Ratio)), line.Limit, results.Count);
    }
}
