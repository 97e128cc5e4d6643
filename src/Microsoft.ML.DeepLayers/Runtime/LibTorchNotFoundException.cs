using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Training was asked for in an application that carries no libtorch.
/// </summary>
/// <remarks>
/// Training runs on libtorch, which the application chooses: it references <c>TorchSharp-cpu</c>, or
/// <c>TorchSharp-cuda-windows</c> or <c>TorchSharp-cuda-linux</c> for an NVIDIA GPU. Loading and scoring a trained model
/// needs none of them. Like every failure of a native library to load, this is a <see cref="DllNotFoundException"/>.
/// </remarks>
public sealed class LibTorchNotFoundException : DllNotFoundException
{
    internal LibTorchNotFoundException(string message) : base(message) { }

    internal static LibTorchNotFoundException For(LibTorchFiles files, string torchSharpVersion)
    {
        var platform = files.Platform;
        var advice = platform.IsSupported
            ? $"Add the package TorchSharp-cpu{(platform.CudaPackage is { } cuda ? $" (or {cuda} for an NVIDIA GPU)" : "")} to the application, "
                + $"in the version of its TorchSharp ({torchSharpVersion}): dotnet add package TorchSharp-cpu --version {torchSharpVersion}."
            : $"There is no libtorch for .NET on {platform.Rid}: train on x64 Linux (glibc), Windows or an Apple silicon Mac. "
                + "The packages for those are TorchSharp-cpu, TorchSharp-cuda-linux and TorchSharp-cuda-windows.";
        return new LibTorchNotFoundException(
            $"Training needs libtorch, and this application has none for {platform.Rid}: {string.Join(" and ", files.Missing)} not found. "
            + $"{advice} Loading and scoring a trained model does not need it. "
            + $"Searched: {(files.Searched.Count == 0 ? "no folder" : string.Join(", ", files.Searched))}.");
    }
}
