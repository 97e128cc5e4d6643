using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>Where an application's native libtorch and TorchSharp libraries lie. Looks at files only and loads nothing.</summary>
/// <param name="Platform">The system that they are for.</param>
/// <param name="Torch">libtorch's main library (torch_cpu, present in CPU and CUDA builds alike); null when absent.</param>
/// <param name="TorchSharp">TorchSharp's own native library; null when absent.</param>
/// <param name="HasCuda">Whether this libtorch is a CUDA build.</param>
/// <param name="Searched">The folders that were looked into.</param>
internal sealed record LibTorchFiles(NativePlatform Platform, string? Torch, string? TorchSharp, bool HasCuda, IReadOnlyList<string> Searched)
{
    /// <summary>The file names that were not found.</summary>
    public IEnumerable<string> Missing
    {
        get
        {
            if (Torch is null)
            {
                yield return Platform.FileName("torch_cpu");
            }

            if (TorchSharp is null)
            {
                yield return Platform.FileName("LibTorchSharp");
            }
        }
    }

    public static LibTorchFiles Find(NativePlatform platform, IReadOnlyList<string> directories) => new(
        platform,
        Torch: FirstFile(directories, platform.FileName("torch_cpu")),
        TorchSharp: FirstFile(directories, platform.FileName("LibTorchSharp")),
        HasCuda: FirstFile(directories, platform.FileName("torch_cuda")) is not null,
        directories);

    /// <summary>The folders that .NET itself takes native libraries from, and those that build and publish put them in.</summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "In a single-file application the location is empty, and is skipped.")]
    public static IReadOnlyList<string> SearchDirectories(NativePlatform platform, Assembly torchSharp)
    {
        var directories = new List<string>();
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string declared)
        {
            directories.AddRange(declared.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        }

        // A plug-in's libraries lie beside its own TorchSharp.dll; a single-file application has no such place.
        foreach (var root in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(torchSharp.Location) })
        {
            if (string.IsNullOrEmpty(root))
            {
                continue;
            }

            directories.Add(root);
            directories.Add(Path.Combine(root, "runtimes", platform.Rid, "native"));
        }
        return directories.Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal).ToList();
    }

    private static string? FirstFile(IReadOnlyList<string> directories, string name)
        => directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
