using System.Diagnostics;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Two ways to do the same work, ready to run any number of times.</summary>
/// <param name="Ours">Runs our way and says how many seconds that took.</param>
/// <param name="Peer">The same for the way that it is held against.</param>
/// <param name="Units">How many units of work (steps, rows) a run of either does.</param>
/// <param name="Resources">What both hold, freed at the end.</param>
internal sealed record Contest(Func<double> Ours, Func<double> Peer, long Units, params IReadOnlyList<IDisposable> Resources) : IDisposable
{
    /// <summary>Two ways whose time this process takes.</summary>
    internal Contest(Action ours, Action peer, long units, params IReadOnlyList<IDisposable> resources)
        : this(() => Seconds(ours), () => Seconds(peer), units, resources)
    {
    }

    /// <summary>Lets both run by turns, each first as often as the other, after a round that does not count.</summary>
    /// <param name="rounds">How often.</param>
    internal IReadOnlyList<Round> Run(int rounds)
    {
        Ours();
        Peer();
        var results = new List<Round>();
        for (int round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
            {
                double ours = Ours();
                results.Add(new Round(ours, Peer()));
            }
            else
            {
                double peer = Peer();
                results.Add(new Round(Ours(), peer));
            }
        }

        return results;
    }

    public void Dispose()
    {
        foreach (IDisposable resource in Resources)
        {
            resource.Dispose();
        }
    }

    private static double Seconds(Action work)
    {
        // What one way leaves for the garbage collector should not be the other's burden.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <summary>What one round took.</summary>
/// <param name="Ours">Our seconds.</param>
/// <param name="Peer">The peer's seconds.</param>
internal readonly record struct Round(double Ours, double Peer)
{
    internal double Ratio => Ours / Peer;
}
