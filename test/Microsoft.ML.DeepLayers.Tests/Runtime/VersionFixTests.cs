using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class VersionFixTests
{
    private readonly byte[] _library = File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux);

    [TestMethod]
    public void WhereNothingIsMissingNothingIsDone()
        => Assert.IsNull(VersionFix.Apply("lib.so", _library, OfferAllBut()));

    [TestMethod]
    public void WhereOnlyTheMarkerIsMissingItsNeedIsMadeWeak()
    {
        var patched = VersionFix.Apply("lib.so", _library, OfferAllBut("GLIBCXX_3.4.32"));

        var weak = ElfImage.Parse(patched!).NeededVersions.Where(n => n.IsWeak).Select(n => n.Version);
        Assert.AreEqual("GLIBCXX_3.4.32", weak.Single());
        Assert.IsNull(VersionFix.Apply("lib.so", patched!, OfferAllBut("GLIBCXX_3.4.32")), "what is patched needs no patch");
    }

    [TestMethod]
    public void WhereUsedVersionsAreMissingTheErrorNamesThem()
    {
        var offered = OfferAllBut("GLIBCXX_3.4.30", "GLIBCXX_3.4.32", "GLIBC_2.34");

        var error = Assert.ThrowsExactly<DllNotFoundException>(() => VersionFix.Apply("/app/lib.so", _library, offered));

        StringAssert.Contains(error.Message, "/app/lib.so");
        StringAssert.Contains(error.Message, "GLIBCXX_3.4.30 of libstdc++.so.6");
        StringAssert.Contains(error.Message, "GLIBC_2.34 of libc.so.6");
        Assert.DoesNotContain("GLIBCXX_3.4.32", error.Message, "the marker is not what keeps it from loading");
    }

    [TestMethod]
    public void ALibraryThatCannotBeReadCountsAsComplete()
        => Assert.IsNull(VersionFix.Apply("lib.so", _library, _ => null));

    [TestMethod]
    public void TheLoadedSystemLibrariesTellTheirVersions()
    {
        RuntimeFiles.RequireLinuxX64();

        Assert.Contains("GLIBCXX_3.4.21", SystemLibraries.VersionsOf("libstdc++.so.6")!);
        Assert.Contains("GLIBC_2.2.5", SystemLibraries.VersionsOf("libc.so.6")!);
        Assert.IsNull(SystemLibraries.VersionsOf("libnever.so.1"));
    }

    [TestMethod]
    public void FilesThatAreNotWhatTheirNameSaysArePassedOver()
    {
        RuntimeFiles.RequireLinuxX64();
        using var folder = new TemporaryFolder();
        string[] misleading = [folder.File("libstdc++.so.6", "text"), folder.File("libstdc++.so.6.0.1"), Path.Combine(folder.Path, "libstdc++.so.6.0.2")];

        Assert.IsNull(SystemLibraries.VersionsOf("libstdc++.so.6", misleading));
        Assert.IsNotNull(SystemLibraries.VersionsOf("libstdc++.so.6",
            [.. misleading, .. SystemLibraries.MappedFiles(File.ReadLines("/proc/self/maps"))]));
    }

    [TestMethod]
    public void TheMemoryMapIsReadFileByFile()
    {
        string[] map =
        [
            "7f10-7f20 r--p 00000000 fe:00 12   /usr/lib/libstdc++.so.6.0.30",
            "7f20-7f30 r-xp 00010000 fe:00 12   /usr/lib/libstdc++.so.6.0.30",
            "7f30-7f40 rw-p 00000000 00:00 0",
            "7f40-7f50 rw-p 00000000 00:00 0    [heap]",
            "7f50-7f60 r--p 00000000 fe:00 13   /home/a b/lib with spaces.so",
            "7f60-7f70 r--p 00000000 fe:00 14   /usr/lib/libgone.so (deleted)",
        ];

        Assert.AreEqual("/usr/lib/libstdc++.so.6.0.30|/home/a b/lib with spaces.so", string.Join('|', SystemLibraries.MappedFiles(map)));
    }

    private Func<string, IReadOnlySet<string>?> OfferAllBut(params string[] missing)
    {
        var needs = ElfImage.Parse(_library).NeededVersions;
        return library => needs.Where(n => n.Library == library).Select(n => n.Version).Except(missing).ToHashSet();
    }
}
