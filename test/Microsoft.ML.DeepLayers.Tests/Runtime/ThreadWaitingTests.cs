using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>libtorch's threads do not spin for long, unless the user wants them to.</summary>
[TestClass]
public sealed partial class ThreadWaitingTests
{
    [TestMethod]
    public void Spinning_is_bounded_where_the_user_has_set_nothing()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("GNU's OpenMP comes with libtorch on Linux only.");
        }

        LibTorch.EnsureLoaded();
        string? set = Environment.GetEnvironmentVariable(ThreadWaiting.Variable);
        bool decided = set is not null || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null;
        Assert.AreEqual(decided ? set : ThreadWaiting.SpinCount, Marshal.PtrToStringUTF8(NativeVariable(ThreadWaiting.Variable)));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeVariable(string name);
}
