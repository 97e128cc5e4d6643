using System.Globalization;
using Microsoft.ML.DeepLayers.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>Memory that a step frees stays with the process until the training ends.</summary>
[TestClass]
public sealed class NativeHeapTests
{
    [TestMethod]
    public void Large_tensors_made_again_and_again_do_not_get_new_pages_each_time()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name == "GLIBC_TUNABLES"))
        {
            Assert.Inconclusive("Only glibc gives memory back in this way, and only where nobody has decided otherwise.");
        }

        LibTorch.EnsureLoaded();
        const int Bytes = 16 << 20;
        const int Times = 40;
        Make(5);
        long before = PageFaults();
        Make(Times);
        // Of pages of 4 KiB, one set would be 4096; tests beside this one have a few thousand of their own.
        Assert.IsLessThan(Times * (Bytes / 4096) / 2, PageFaults() - before);

        static void Make(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using Tensor tensor = ones(Bytes / sizeof(float));
            }
        }
    }

    [TestMethod]
    public void Memory_can_be_given_back_at_any_time()
    {
        LibTorch.EnsureLoaded();
        NativeHeap.Release();
        using Tensor sum = ones(10).sum();
        Assert.AreEqual(10f, sum.item<float>());
    }

    /// <summary>Those that needed no disk, the tenth figure of the process's status.</summary>
    private static long PageFaults()
    {
        string status = File.ReadAllText("/proc/self/stat");
        return long.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
