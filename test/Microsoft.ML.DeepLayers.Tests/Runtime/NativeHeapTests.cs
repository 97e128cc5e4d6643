using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>Memory that a step frees stays with the process until the training ends.</summary>
[TestClass]
public sealed class NativeHeapTests
{
    /// <summary>More than glibc's highest threshold for maps, and less than a thread's heap has room for.</summary>
    private const long BlockBytes = 40 << 20;

    private const int Times = 40;

    [TestMethod]
    public void Large_tensors_made_again_and_again_do_not_get_new_pages_each_time()
    {
        if (!OperatingSystem.IsLinux() || IsDecided)
        {
            Assert.Inconclusive("Only glibc gives memory back in this way, and only where nobody has decided otherwise.");
        }

        // A thread gets one of several heaps of 64 MiB, in which what earlier tests left may leave no room for the tensor.
        long fewest = Enumerable.Range(0, 8).Min(_ => OnNewThread(() => PageFaults(16 << 20)));
        // Pages are of 4 KiB; tests beside this one have a few thousand faults of their own.
        Assert.IsLessThan(Times * ((16 << 20) / 4096) / 2, fewest);
    }

    [TestMethod]
    public void Blocks_beyond_what_glibc_maps_come_from_the_heap_during_a_training()
    {
        if (!OperatingSystem.IsLinux() || IsDecided || !NativeLibrary.TryGetExport(NativeLibrary.Load("libc.so.6"), "mallinfo2", out _))
        {
            Assert.Inconclusive("Only glibc, from 2.33 on, tells what it has mapped.");
        }

        // Before and after it depends on whether tests beside this one train.
        LibTorch.EnsureLoaded();
        using NativeHeap.Keeping keeping = NativeHeap.Keep();
        Assert.IsLessThan(BlockBytes, MappedByOneBlock());
    }

    [TestMethod]
    public void Memory_can_be_given_back_at_any_time()
    {
        LibTorch.EnsureLoaded();
        using (NativeHeap.Keep())
        {
            NativeHeap.Keep().Dispose();
        }

        using Tensor sum = ones(10).sum();
        Assert.AreEqual(10f, sum.item<float>());
    }

    private static unsafe long MappedByOneBlock()
    {
        long before = (long)HeapUse().MappedBytes;
        void* block = NativeMemory.Alloc((nuint)BlockBytes);
        long after = (long)HeapUse().MappedBytes;
        NativeMemory.Free(block);
        return after - before;
    }

    [DllImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static extern MallocUse HeapUse();

    /// <summary>glibc's <c>struct mallinfo2</c>: ten numbers, of which the fifth counts the bytes in blocks of their own.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct MallocUse
    {
        private readonly nuint arena, ordinary, small, mapped;
        internal readonly nuint MappedBytes;
    }

    private static bool IsDecided => Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name == "GLIBC_TUNABLES");

    private static long OnNewThread(Func<long> measure)
    {
        long result = 0;
        var thread = new Thread(() => result = measure());
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>How many page faults it takes to make tensors of so many bytes, one after another.</summary>
    private static long PageFaults(int bytes)
    {
        LibTorch.EnsureLoaded();
        using NativeHeap.Keeping keeping = NativeHeap.Keep();
        Make(5);
        long before = PageFaults();
        Make(Times);
        return PageFaults() - before;

        void Make(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using Tensor tensor = ones(bytes / sizeof(float));
            }
        }
    }

    /// <summary>Those that needed no disk, the tenth figure of the process's status.</summary>
    private static long PageFaults()
    {
        string status = File.ReadAllText("/proc/self/stat");
        return long.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
