using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class NativeLibraryCacheTests
{
    private static readonly byte[] s_content = Content(300_000, seed: 1);

    [TestMethod]
    public void AFileIsNamedByItsContent()
    {
        using var folder = new TemporaryFolder();
        var cache = new NativeLibraryCache(Path.Combine(folder.Path, "a", "b"));

        var first = cache.Store("libX.so", s_content);
        var other = cache.Store("libX.so", Content(300_000, seed: 2));

        StringAssert.Matches(Path.GetFileName(first), new("^libX-[0-9a-f]{32}\\.so$"));
        Assert.AreNotEqual(first, other);
        Assert.AreEqual(first, cache.Store("libX.so", s_content));
        CollectionAssert.AreEqual(s_content, File.ReadAllBytes(first));
    }

    [TestMethod]
    public void AFileThatIsInPlaceIsLeftAlone()
    {
        using var folder = new TemporaryFolder();
        var cache = new NativeLibraryCache(folder.Path);
        var path = cache.Store("libX.so", s_content);
        var longAgo = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, longAgo);

        cache.Store("libX.so", s_content);

        Assert.AreEqual(longAgo, File.GetLastWriteTimeUtc(path));
    }

    [TestMethod]
    [DataRow(0), DataRow(1_000), DataRow(300_000), DataRow(300_001)]
    public void ADamagedFileIsReplaced(int length)
    {
        using var folder = new TemporaryFolder();
        var cache = new NativeLibraryCache(folder.Path);
        var path = cache.Store("libX.so", s_content);
        File.WriteAllBytes(path, Content(length, seed: 3));

        Assert.AreEqual(path, cache.Store("libX.so", s_content));
        CollectionAssert.AreEqual(s_content, File.ReadAllBytes(path));
    }

    [TestMethod]
    public void WritersAtTheSameTimeNeverShowHalfAFile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, NativeLibraryCache.FileName("libX.so", s_content));
        using var start = new Barrier(8);
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Factory.StartNew(() =>
        {
            var cache = new NativeLibraryCache(folder.Path);
            for (var round = 0; round < 20; round++)
            {
                Assert.IsTrue(start.SignalAndWait(TimeSpan.FromSeconds(30)), "another writer has failed");
                if (writer == 0)
                {
                    File.Delete(path);
                }

                Assert.IsTrue(start.SignalAndWait(TimeSpan.FromSeconds(30)), "another writer has failed");
                Assert.AreEqual(path, cache.Store("libX.so", s_content));
                CollectionAssert.AreEqual(s_content, File.ReadAllBytes(path));
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        Task.WaitAll(writers);

        Assert.AreEqual(path, Directory.EnumerateFileSystemEntries(folder.Path).Single(), "nothing but the file is left");
    }

    [TestMethod]
    public void AFolderThatCannotBeMadeIsAnError()
    {
        using var folder = new TemporaryFolder();
        var cache = new NativeLibraryCache(Path.Combine(folder.File("file"), "cache"));

        Assert.Throws<IOException>(() => cache.Store("libX.so", s_content));
    }

    [TestMethod]
    public void AnAdaptedLibraryLoadsFromATemporaryFolderWhereTheCacheCannotBeWritten()
    {
        RuntimeFiles.RequireLinuxX64();
        var library = SystemLibraries.MappedFiles(File.ReadLines("/proc/self/maps"))
            .First(f => Path.GetFileName(f).StartsWith("libm.so", StringComparison.Ordinal) || Path.GetFileName(f).StartsWith("libm-", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        var cache = new NativeLibraryCache(Path.Combine(folder.File("file"), "cache"));

        var handle = new AdaptedLibrary(library, File.ReadAllBytes(library)).Load(cache);

        Assert.IsTrue(NativeLibrary.TryGetExport(handle, "cos", out _));
    }

    [TestMethod]
    public void AnAdaptedLibraryThatLoadsFromNowhereIsAClearError()
    {
        RuntimeFiles.RequireLinuxX64();
        using var folder = new TemporaryFolder();
        var broken = new AdaptedLibrary("/app/libX.so", [1, 2, 3]);

        var error = Assert.ThrowsExactly<DllNotFoundException>(() => broken.Load(new NativeLibraryCache(folder.Path)));

        StringAssert.Contains(error.Message, "/app/libX.so");
        StringAssert.Contains(error.Message, "XDG_CACHE_HOME");
        Assert.IsNotNull(error.InnerException);
    }

    private static byte[] Content(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
