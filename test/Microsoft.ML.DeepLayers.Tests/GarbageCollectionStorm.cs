namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>
/// Collects garbage and runs finalizers all the time, on a thread of its own, until disposal. Native memory that its owner's
/// finalizer frees is then freed as soon as nothing refers to the owner any more, also during a native call that reads it.
/// </summary>
internal sealed class GarbageCollectionStorm : IDisposable
{
    /// <summary>The environment variable with which a whole test run takes place in a storm.</summary>
    internal const string Variable = "DEEPLAYERS_TEST_GC_STORM";

    private readonly Thread thread;
    private volatile bool isOver;
    private long collections;

    internal GarbageCollectionStorm()
    {
        thread = new Thread(Collect) { IsBackground = true, Name = nameof(GarbageCollectionStorm) };
        thread.Start();
        // Not before the storm rages is a test in it.
        SpinWait.SpinUntil(() => Collections > 0);
    }

    /// <summary>Whether the environment asks for a storm over the whole test run.</summary>
    internal static bool IsWanted => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value && value != "0";

    /// <summary>How often garbage has been collected.</summary>
    internal long Collections => Interlocked.Read(ref collections);

    public void Dispose()
    {
        isOver = true;
        thread.Join();
    }

    private void Collect()
    {
        while (!isOver)
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
            Interlocked.Increment(ref collections);
            Thread.Yield();
        }
    }
}
