using System.Runtime.CompilerServices;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>The storm itself: without it, tests in a storm would say nothing.</summary>
[TestClass]
public sealed class GarbageCollectionStormTests
{
    [TestMethod]
    public void Finalizes_what_nothing_refers_to_and_ends()
    {
        long after;
        using (var storm = new GarbageCollectionStorm())
        {
            int finalized = 0;
            Drop(() => Interlocked.Increment(ref finalized));
            Assert.IsTrue(SpinWait.SpinUntil(() => Volatile.Read(ref finalized) == 1, TimeSpan.FromSeconds(30)));
            long before = storm.Collections;
            Assert.IsTrue(SpinWait.SpinUntil(() => storm.Collections >= before + 10, TimeSpan.FromSeconds(30)));
            storm.Dispose();
            after = storm.Collections;
            Thread.Sleep(20);
            Assert.AreEqual(after, storm.Collections);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(Action whenFinalized) => _ = new Finalized(whenFinalized);

    private sealed class Finalized(Action whenFinalized)
    {
        ~Finalized() => whenFinalized();
    }
}
