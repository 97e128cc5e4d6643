using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>What libtorch computes convolutions with.</summary>
[TestClass]
public sealed unsafe class OneDnnTests
{
    [TestMethod]
    [DataRow("Mkldnn")]
    [DataRow("NNPACK")]
    public void What_has_to_know_the_caches_is_off_where_the_processor_hides_them(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("The names of libtorch's functions are those of Linux.");
        }

        LibTorch.EnsureLoaded();
        NativePlatform platform = NativePlatform.Current;
        nint library = NativeLibrary.Load(LibTorchFiles.Find(platform, LibTorchFiles.SearchDirectories(platform, typeof(torch).Assembly)).Torch!);
        var context = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "_ZN2at13globalContextEv");
        var isEnabled = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(library, $"_ZNK2at7Context17userEnabled{name}Ev");
        Assert.AreEqual(Processor.ReportsCaches, isEnabled(context()) != 0);
    }
}
