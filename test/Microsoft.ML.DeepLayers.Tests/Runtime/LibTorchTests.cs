using System.Reflection;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class LibTorchTests
{
    private static readonly Assembly s_torchSharp = typeof(torch).Assembly; // runs no initializer

    [TestMethod]
    public void LoadsOnceForManyThreads()
    {
        using var start = new Barrier(8);
        var results = new float[8];
        var threads = Enumerable.Range(0, 8).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            LibTorch.EnsureLoaded();
            results[i] = SumOfOnes(i + 1);
            LibTorch.EnsureLoaded();
        })).ToArray();

        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, results);
    }

    [TestMethod]
    [DataRow("linux-x64", "lib", ".so", "TorchSharp-cuda-linux")]
    [DataRow("win-x64", "", ".dll", "TorchSharp-cuda-windows")]
    [DataRow("osx-arm64", "lib", ".dylib", null)]
    public void WithoutLibTorchTheErrorNamesThePackages(string rid, string prefix, string suffix, string? cudaPackage)
    {
        using var folder = new TemporaryFolder();
        folder.File($"{prefix}LibTorchSharp{suffix}");
        var files = LibTorchFiles.Find(new NativePlatform(rid, prefix, suffix, cudaPackage), [folder.Path]);

        var first = Assert.ThrowsExactly<LibTorchNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files, _ => false));
        var second = Assert.ThrowsExactly<LibTorchNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files, _ => false));

        StringAssert.Contains(first.Message, $"{prefix}torch_cpu{suffix} not found");
        StringAssert.Contains(first.Message, "dotnet add package TorchSharp-cpu --version " + s_torchSharp.GetName().Version!.ToString(3));
        StringAssert.Contains(first.Message, folder.Path);
        StringAssert.Contains(first.Message, "scoring a trained model does not need it");
        Assert.AreEqual(cudaPackage is not null, first.Message.Contains("TorchSharp-cuda", StringComparison.Ordinal));
        StringAssert.Contains(first.Message, cudaPackage ?? "");
        Assert.AreEqual(first.Message, second.Message);
    }

    [TestMethod]
    public void WhereTorchSharpHasNoBuildTheErrorSaysSo()
    {
        var files = LibTorchFiles.Find(new NativePlatform("linux-arm64", "lib", ".so", null), []);

        var error = Assert.ThrowsExactly<LibTorchNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files, _ => false));

        StringAssert.Contains(error.Message, "no libtorch for .NET on linux-arm64");
        StringAssert.Contains(error.Message, "libtorch_cpu.so and libLibTorchSharp.so not found");
    }

    [TestMethod]
    public void ALibTorchOutsideOfTheApplicationIsTaken()
    {
        var asked = new List<string>();
        var files = LibTorchFiles.Find(new NativePlatform("linux-x64", "lib", ".so", "TorchSharp-cuda-linux"), []);

        var loaded = LibTorchLoader.Load(s_torchSharp, files, name => { asked.Add(name); return name != "torch_cuda"; });

        Assert.AreEqual("c10 torch_cpu torch torch_cuda LibTorchSharp", string.Join(' ', asked));
        Assert.IsFalse(loaded.HasCuda);
    }

    [TestMethod]
    public void TorchSharpsOwnLibraryIsMissedToo()
    {
        using var folder = new TemporaryFolder();
        var files = LibTorchFiles.Find(NativePlatform.Current, [folder.Path]);

        Assert.ThrowsExactly<LibTorchNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files, name => name != "LibTorchSharp"));
    }

    [TestMethod]
    public void AFileThatDoesNotLoadIsNamedWithTheReason()
    {
        using var folder = new TemporaryFolder();
        var platform = NativePlatform.Current;
        foreach (var library in new[] { "c10", "torch_cpu", "torch", "LibTorchSharp" })
        {
            folder.File(platform.FileName(library), "this is no library");
        }

        var files = LibTorchFiles.Find(platform, [folder.Path]);

        var first = Assert.ThrowsExactly<DllNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files));
        var second = Assert.ThrowsExactly<DllNotFoundException>(() => LibTorchLoader.Load(s_torchSharp, files));

        StringAssert.Contains(first.Message, $"File: {folder.Path}");
        StringAssert.Contains(first.Message, first.InnerException!.Message.Trim());
        StringAssert.Contains(first.Message, "What to do:");
        Assert.AreEqual(first.Message, second.Message);
    }

    [TestMethod]
    public void FilesAreTakenFromTheFirstFolderThatHasThem()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        var platform = new NativePlatform("linux-x64", "lib", ".so", "TorchSharp-cuda-linux");
        var torchSharp = first.File("libLibTorchSharp.so");
        second.File("libLibTorchSharp.so");
        var torchCpu = second.File("libtorch_cpu.so");

        var files = LibTorchFiles.Find(platform, [first.Path, second.Path]);
        Assert.AreEqual((torchCpu, torchSharp, false), (files.Torch, files.TorchSharp, files.HasCuda));
        Assert.IsEmpty(files.Missing);

        second.File("libtorch_cuda.so");
        Assert.IsTrue(LibTorchFiles.Find(platform, [first.Path, second.Path]).HasCuda);
    }

    private static float SumOfOnes(int count)
    {
        using var scope = torch.NewDisposeScope();
        return torch.ones(count).sum().item<float>();
    }
}
