using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Items that go round between a thread that fills them and one that takes them, in order. Who finds the next one ready
/// pays for two memory accesses; who does not spins for a moment, and then sleeps. What has been taken is filled again only
/// when the next has been asked for.
/// </summary>
/// <param name="items">The items.</param>
internal sealed class Ring<T>(IReadOnlyList<T> items)
    where T : class
{
    /// <summary>A thread that takes what comes slowly need not wait for half of the ring.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    private readonly object gate = new();
    // A thread is woken for half of a ring: it then has work for longer than waking takes.
    private readonly int enough = Math.Max(1, items.Count / 2);
    private long filled;
    private long freed;
    private bool holds;
    private bool isComplete;
    private bool isStopped;
    private bool fillerSleeps;
    private bool takerSleeps;

    /// <summary>Whether nothing more will be taken.</summary>
    internal bool IsStopped => Volatile.Read(ref isStopped);

    /// <summary>The next item to be filled, as soon as it is free; <see langword="null"/> once nobody takes any more.</summary>
    internal T? NextFree()
    {
        if (!HasFree(1))
        {
            using NativeWork.Waiting waiting = NativeWork.Wait();
            lock (gate)
            {
                fillerSleeps = true;
                Interlocked.MemoryBarrier();
                while (!isStopped && !HasFree(enough))
                {
                    Monitor.Wait(gate);
                }

                fillerSleeps = false;
            }
        }

        return IsStopped ? null : items[(int)(filled % items.Count)];
    }

    /// <summary>Hands over the item that has been filled.</summary>
    internal void Add()
    {
        Volatile.Write(ref filled, filled + 1);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref takerSleeps) && filled - Volatile.Read(ref freed) >= enough)
        {
            WakeAll();
        }
    }

    /// <summary>Says that nothing more will be filled.</summary>
    internal void Complete()
    {
        lock (gate)
        {
            isComplete = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Says that nothing more will be taken.</summary>
    internal void Stop()
    {
        lock (gate)
        {
            isStopped = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>
    /// The next item, as soon as it is filled, which frees the one before; <see langword="null"/> once there are no more, or
    /// after <see cref="Stop"/>.
    /// </summary>
    internal T? Take()
    {
        Free();
        if (IsEmpty)
        {
            Wait();
        }

        holds = Volatile.Read(ref filled) > freed && !IsStopped;
        return holds ? items[(int)(freed % items.Count)] : null;
    }

    private bool IsEmpty => !Volatile.Read(ref isComplete) && Volatile.Read(ref filled) == freed;

    private bool HasFree(int count) => items.Count - (filled - Volatile.Read(ref freed)) >= count;

    private void Free()
    {
        if (holds)
        {
            holds = false;
            Volatile.Write(ref freed, freed + 1);
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref fillerSleeps) && items.Count - (Volatile.Read(ref filled) - freed) >= enough)
            {
                WakeAll();
            }
        }
    }

    private void Wait()
    {
        var spin = default(SpinWait);
        while (IsEmpty && !spin.NextSpinWillYield)
        {
            spin.SpinOnce();
        }

        if (IsEmpty)
        {
            using NativeWork.Waiting waiting = NativeWork.Wait();
            lock (gate)
            {
                takerSleeps = true;
                Interlocked.MemoryBarrier();
                while (!isComplete && !isStopped && Volatile.Read(ref filled) - freed < enough && (Monitor.Wait(gate, Patience) || IsEmpty))
                {
                }

                takerSleeps = false;
            }
        }
    }

    private void WakeAll()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }
    }
}
