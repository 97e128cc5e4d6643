using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>How native libraries are named, and in which packages libtorch comes, on one kind of system.</summary>
/// <param name="Rid">The portable runtime identifier, such as linux-x64.</param>
/// <param name="Prefix">What a library's file name begins with.</param>
/// <param name="Suffix">What a library's file name ends with.</param>
/// <param name="CudaPackage">The package with libtorch for NVIDIA GPUs; null where there is none.</param>
internal sealed record NativePlatform(string Rid, string Prefix, string Suffix, string? CudaPackage)
{
    /// <summary>The system that this process runs on.</summary>
    public static NativePlatform Current { get; } = Detect();

    /// <summary>Whether TorchSharp has a build for this system.</summary>
    public bool IsSupported => Rid is "linux-x64" or "win-x64" or "win-arm64" or "osx-arm64";

    public bool IsLinux => Rid.StartsWith("linux", StringComparison.Ordinal);

    public bool IsMacOS => Rid.StartsWith("osx", StringComparison.Ordinal);

    /// <summary>torch_cpu is libtorch_cpu.so, torch_cpu.dll or libtorch_cpu.dylib.</summary>
    public string FileName(string library) => Prefix + library + Suffix;

    private static NativePlatform Detect()
    {
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            var other => other.ToString().ToLowerInvariant(),
        };
        if (OperatingSystem.IsWindows())
        {
            return new($"win-{architecture}", "", ".dll", architecture == "x64" ? "TorchSharp-cuda-windows" : null);
        }

        if (OperatingSystem.IsMacOS())
        {
            return new($"osx-{architecture}", "lib", ".dylib", null);
        }

        // Alpine's C library is not the one that libtorch is built for.
        var linux = RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";
        return new($"{linux}-{architecture}", "lib", ".so", architecture == "x64" ? "TorchSharp-cuda-linux" : null);
    }
}
