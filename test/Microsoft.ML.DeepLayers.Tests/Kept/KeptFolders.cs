using KeptFiles;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>The files that earlier versions wrote, see test/KeptFiles.</summary>
internal static class KeptFolders
{
    internal static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "KeptFiles");

    internal static IEnumerable<string> Versions => Directory.EnumerateDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    internal static KeptManifest Manifest(string version) => KeptManifest.Read(Path.Combine(Root, version));

    internal static string File(string version, string name) => Path.Combine(Root, version, name);

    /// <summary>The version and the name of every case of a kind.</summary>
    internal static IEnumerable<object[]> Cases(string kind) => Versions.SelectMany(
        version => Manifest(version).Cases.Where(kept => kept.Kind == kind), (version, kept) => new object[] { version, kept.Name });

    internal static KeptCase Case(string version, string name) => Manifest(version).Cases.Single(kept => kept.Name == name);
}
