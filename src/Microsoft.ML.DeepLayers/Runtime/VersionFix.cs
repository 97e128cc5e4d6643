namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// TorchSharp's Linux library is built with GCC 13 and so asks for libstdc++'s version GLIBCXX_3.4.32, although the
/// one symbol of that version is a marker that nothing calls. Debian 12 and Ubuntu 22.04 have 3.4.30: without this
/// fix TorchSharp cannot load there.
/// </summary>
internal static class VersionFix
{
    /// <summary>std::ios_base_library_init(): referenced by everything that includes iostream, never called.</summary>
    internal const string MarkerSymbol = "_ZSt21ios_base_library_initv";

    /// <summary>
    /// The bytes of a library that loads where the original lacks nothing but the marker; null where it lacks nothing.
    /// </summary>
    /// <param name="file">The library's file, for the message.</param>
    /// <param name="library">The library.</param>
    /// <param name="versionsOf">Which versions the system's library of a name offers; null where that cannot be told.</param>
    /// <exception cref="DllNotFoundException">The system lacks versions that are really used.</exception>
    public static byte[]? Apply(string file, byte[] library, Func<string, IReadOnlySet<string>?> versionsOf)
    {
        var image = ElfImage.Parse(library);
        var missing = Missing(image, versionsOf);
        if (missing.Count == 0)
        {
            return null;
        }

        var used = missing.FindAll(need => need.Symbols.Any(symbol => symbol.Name != MarkerSymbol));
        return used.Count == 0 ? image.WithWeak(missing) : throw new DllNotFoundException(
            $"Training needs TorchSharp's native library, and this system is too old for it. File: {file}. "
            + $"Reason: it uses {string.Join("; ", used.GroupBy(n => n.Library).Select(Describe))}. "
            + "What to do: train on a newer system (Debian 12, Ubuntu 22.04, RHEL 10 or later; a container will do), "
            + "or put a newer libstdc++.so.6 in LD_LIBRARY_PATH where that is the library named. "
            + "Loading and scoring a saved model works here: it needs no libtorch.");
    }

    private static List<NeededVersion> Missing(ElfImage image, Func<string, IReadOnlySet<string>?> versionsOf)
    {
        var missing = new List<NeededVersion>();
        foreach (var needs in image.NeededVersions.Where(n => !n.IsWeak).GroupBy(n => n.Library))
        {
            if (versionsOf(needs.Key) is { } offered)
            {
                missing.AddRange(needs.Where(need => !offered.Contains(need.Version)));
            }
        }
        return missing;
    }

    private static string Describe(IGrouping<string, NeededVersion> needs)
        => $"{string.Join(", ", needs.Select(n => n.Version).Order(StringComparer.Ordinal))} of {needs.Key}, which the loaded {needs.Key} does not have";
}
