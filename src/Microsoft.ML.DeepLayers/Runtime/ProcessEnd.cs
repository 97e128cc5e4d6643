namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The end of the process: Main has returned, <see cref="Environment.Exit"/> was called, or SIGTERM came. Threads with native
/// work pause at their next checkpoint, and the end waits for them for a bounded time. The exit code stays the application's.
/// </summary>
/// <remarks>
/// A paused thread throws nothing: an exception would crash a process whose thread does not expect one. If the process is still
/// there some time later, then a handler of the application may be waiting for the thread, and the thread goes on.
/// </remarks>
internal static class ProcessEnd
{
    /// <summary>The time that the end of the process waits for running work.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(2);

    /// <summary>The time for which threads stay paused after that wait. An ordinary end takes some milliseconds.</summary>
    private static readonly TimeSpan pause = TimeSpan.FromSeconds(1);

    private static readonly object gate = new();
    private static readonly List<WeakReference<NativeThread>> threads = [];
    private static int pruneAt = 64;
    private static bool hasBegun;
    private static long resumesAt = long.MaxValue;
    private static NativeThread? ending;

    static ProcessEnd() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Await();

    /// <summary>Whether the process is ending.</summary>
    internal static bool HasBegun => Volatile.Read(ref hasBegun);

    /// <summary>Registers the current thread. The registration goes when the thread has ended.</summary>
    internal static NativeThread Register()
    {
        var thread = new NativeThread();
        lock (gate)
        {
            if (threads.Count == pruneAt)
            {
                threads.RemoveAll(known => !known.TryGetTarget(out _));
                pruneAt = Math.Max(64, 2 * threads.Count);
            }

            threads.Add(new WeakReference<NativeThread>(thread));
        }

        return thread;
    }

    /// <summary>
    /// Pauses a thread that may be about to enter native code. The thread that ends the process goes on: handlers of the
    /// application, which run on it, may score.
    /// </summary>
    internal static void Pause(NativeThread thread)
    {
        if (thread == ending || thread.Depth == 0)
        {
            return;
        }

        int depth = thread.Depth;
        thread.Depth = 0;
        long left;
        while ((left = Volatile.Read(ref resumesAt) - Environment.TickCount64) > 0)
        {
            Thread.Sleep((int)Math.Min(left, 20));
        }

        if (!NativeExit.SkipDestructors())
        {
            // The process is past the handlers of the application: nothing is left that could wait for this thread.
            Thread.Sleep(Timeout.Infinite);
        }

        thread.Depth = depth;
    }

    private static void Await()
    {
        ending = NativeWork.Current;
        Volatile.Write(ref hasBegun, true);
        try
        {
            NativeExit.Watch();
            // From here on, each thread has either been seen to work, or sees that the process ends.
            Interlocked.MemoryBarrierProcessWide();
            long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
            bool othersWork;
            while ((othersWork = OthersWork()) && Environment.TickCount64 < deadline)
            {
                Thread.Sleep(1);
            }

            if (othersWork)
            {
                NativeExit.SkipDestructors();
            }
        }
        finally
        {
            Volatile.Write(ref resumesAt, Environment.TickCount64 + (long)pause.TotalMilliseconds);
        }
    }

    private static bool OthersWork()
    {
        lock (gate)
        {
            return threads.Exists(known => known.TryGetTarget(out NativeThread? thread) && thread != ending && thread.Depth > 0);
        }
    }
}
