using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>The files and folders that the tests of native loading work on.</summary>
internal static class RuntimeFiles
{
    /// <summary>TorchSharp's Linux library, which the build puts beside the tests on every system.</summary>
    public static string TorchSharpForLinux
    {
        get
        {
            var linux = new NativePlatform("linux-x64", "lib", ".so", "TorchSharp-cuda-linux");
            var files = LibTorchFiles.Find(linux, LibTorchFiles.SearchDirectories(linux, typeof(TorchSharp.torch).Assembly));
            if (files.TorchSharp is null)
            {
                Assert.Inconclusive("libLibTorchSharp.so is not beside the tests: this build holds the native libraries of another system only.");
            }

            return files.TorchSharp!;
        }
    }

    public static void RequireLinuxX64()
    {
        if (NativePlatform.Current.Rid != "linux-x64")
        {
            Assert.Inconclusive($"Symbol versions are a matter of x64 Linux; this is {NativePlatform.Current.Rid}.");
        }
    }
}

/// <summary>An empty folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("deeplayers-test-").FullName;

    public string File(string name, string content = "")
    {
        var path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
