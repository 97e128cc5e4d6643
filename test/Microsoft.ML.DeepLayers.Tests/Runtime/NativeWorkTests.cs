using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>Threads say when they are in native code.</summary>
[TestClass]
public sealed class NativeWorkTests
{
    [TestMethod]
    public void Work_counts_while_it_is_under_way_and_not_while_its_thread_waits()
    {
        NativeThread thread = NativeWork.Current;
        int before = thread.Depth;
        using (NativeWork.Begin())
        {
            using (NativeWork.Begin())
            {
                Assert.AreEqual(before + 2, thread.Depth);
                using (NativeWork.Wait())
                {
                    Assert.AreEqual(0, thread.Depth);
                    using NativeWork.Scope inner = NativeWork.Begin();
                    Assert.AreEqual(1, thread.Depth);
                }
            }

            Assert.AreEqual(before + 1, thread.Depth);
        }

        Assert.AreEqual(before, thread.Depth);
    }

    [TestMethod]
    public void Each_thread_has_a_registration_of_its_own()
    {
        NativeThread? other = null;
        var thread = new Thread(() => other = NativeWork.Current);
        thread.Start();
        thread.Join();
        Assert.AreNotSame(NativeWork.Current, other);
        Assert.AreEqual(0, other!.Depth);
    }

    [TestMethod]
    public void Work_allocates_nothing_after_the_first()
    {
        Begin(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Begin(1000);
        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Begin(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using NativeWork.Scope work = NativeWork.Begin();
            NativeWork.Checkpoint();
        }
    }
}
