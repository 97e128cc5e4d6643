using KeptFiles;

namespace Microsoft.ML.DeepLayers.Tests.Kept;

/// <summary>No kept file is lost, changed or left out of the tests.</summary>
[TestClass]
public sealed class KeptFolderTests
{
    public static IEnumerable<object[]> Versions => KeptFolders.Versions.Select(version => new object[] { version });

    /// <summary>A version's files stay for ever: this list only grows.</summary>
    [TestMethod]
    public void Every_version_is_there() => CollectionAssert.AreEqual(new[] { "0.1.0", "0.1.0-before-loader" }, KeptFolders.Versions.ToArray());

    [TestMethod]
    [DynamicData(nameof(Versions))]
    public void The_files_are_those_of_the_manifest_to_the_byte(string version)
    {
        KeptManifest manifest = KeptFolders.Manifest(version);
        string folder = Path.Combine(KeptFolders.Root, version);
        foreach (KeptCase kept in manifest.Cases)
        {
            Assert.Contains(kept.Kind, KeptKind.All, $"'{kept.Name}' is of a kind that no test reads.");
            foreach ((string file, string hash) in kept.Files)
            {
                string path = Path.Combine(folder, file);
                Assert.IsTrue(File.Exists(path), $"'{version}/{file}' of '{kept.Name}' is missing.");
                Assert.AreEqual(hash, KeptManifest.Hash(path), $"'{version}/{file}' of '{kept.Name}' is not the file that was written.");
            }
        }

        string[] listed = [.. manifest.Cases.SelectMany(kept => kept.Files.Keys), KeptManifest.FileName];
        string[] unlisted = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Except(listed)];
        Assert.IsEmpty(unlisted, $"{version}/{KeptManifest.FileName} does not list {string.Join(", ", unlisted)}.");
    }

    /// <summary>The kinds of file that a version writes; one that is missing from the list would be checked by no test.</summary>
    [TestMethod]
    public void Every_kind_is_kept() =>
        CollectionAssert.AreEquivalent(KeptKind.All, KeptFolders.Manifest("0.1.0").Cases.Select(kept => kept.Kind).Distinct().ToArray());
}
