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

    /// <summary>Until the just-in-time compiler has found what is worth its best code.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>ONNX Runtime's threads spin for up to some 20 ms after a run, as it comes.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Lets both run by turns, each first as often as the other, after rounds that do not count.</summary>
    /// <param name="rounds">How often.</param>
    internal IReadOnlyList<Round> Run(int rounds)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            Ours();
            Peer();
        }
        while (Stopwatch.GetElapsedTime(start) < WarmUp);

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

    /// <summary>How long work takes, begun with a clean slate.</summary>
    internal static double Seconds(Action work)
    {
        // What one way leaves should not be the other's burden: neither garbage, nor threads that wait for more by spinning.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        MeasuredDevice.Synchronize();
        Thread.Sleep(Pause);
        long start = Stopwatch.GetTimestamp();
        work();
        MeasuredDevice.Synchronize();
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
