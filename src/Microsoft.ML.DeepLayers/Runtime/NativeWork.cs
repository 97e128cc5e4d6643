namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Work that a thread does in libtorch, ONNX Runtime or Skia. A process that ends destroys what these libraries hold, and a
/// thread that still computes with it crashes the process. The end of the process therefore waits until all registered threads
/// have left native code (<see cref="ProcessEnd"/>).
/// </summary>
/// <remarks>
/// A thread writes to memory of its own and reads one shared flag: beginning and ending a work takes nanoseconds, without a lock
/// and, after a thread's first work, without an allocation. Work may be nested.
/// </remarks>
internal static class NativeWork
{
    [ThreadStatic]
    private static NativeThread? current;

    /// <summary>The registration of the current thread, made when it is first needed.</summary>
    internal static NativeThread Current => current ??= ProcessEnd.Register();

    /// <summary>Begins work on the current thread. While the process ends, the thread pauses here.</summary>
    /// <returns>The work; to be disposed of on the same thread.</returns>
    internal static Scope Begin()
    {
        NativeThread thread = Current;
        thread.Depth++;
        if (ProcessEnd.HasBegun)
        {
            ProcessEnd.Pause(thread);
        }

        return new Scope(thread);
    }

    /// <summary>A place within long work at which the thread may pause while the process ends. No native call is under way.</summary>
    internal static void Checkpoint()
    {
        if (ProcessEnd.HasBegun && current is { } thread)
        {
            ProcessEnd.Pause(thread);
        }
    }

    /// <summary>
    /// Leaves native code for as long as the current thread waits for another one, which may have paused. Without work under way,
    /// nothing changes.
    /// </summary>
    internal static Waiting Wait() => new(current);

    /// <summary>Work under way.</summary>
    internal readonly ref struct Scope(NativeThread thread)
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => thread.Depth--;
    }

    /// <summary>A wait of a thread that has work under way.</summary>
    internal readonly ref struct Waiting
    {
        private readonly NativeThread? thread;
        private readonly int depth;

        internal Waiting(NativeThread? thread)
        {
            this.thread = thread;
            if (thread is not null)
            {
                depth = thread.Depth;
                thread.Depth = 0;
            }
        }

        /// <summary>Ends the wait. While the process ends, the thread pauses here.</summary>
        public void Dispose()
        {
            if (thread is not null)
            {
                thread.Depth = depth;
                if (depth > 0 && ProcessEnd.HasBegun)
                {
                    ProcessEnd.Pause(thread);
                }
            }
        }
    }
}

/// <summary>A thread that has done native work.</summary>
internal sealed class NativeThread
{
    private int depth;

    /// <summary>
    /// The number of works that the thread is in, one within another; above 0 it may be in native code. Only the thread itself
    /// writes it.
    /// </summary>
    internal int Depth
    {
        get => Volatile.Read(ref depth);
        set => Volatile.Write(ref depth, value);
    }
}
