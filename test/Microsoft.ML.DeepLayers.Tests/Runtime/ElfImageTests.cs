using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class ElfImageTests
{
    private const string NewestVersion = "GLIBCXX_3.4.32";

    [TestMethod]
    public void ReadsWhatTorchSharpNeeds()
    {
        var image = ElfImage.Parse(File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux));

        var need = image.NeededVersions.Single(n => n.Version == NewestVersion);
        Assert.AreEqual("libstdc++.so.6", need.Library);
        Assert.IsFalse(need.IsWeak);
        Assert.AreEqual(VersionFix.MarkerSymbol, need.Symbols.Single().Name);
        Assert.IsTrue(image.NeededVersions.Any(n => n.Library == "libc.so.6" && n.Version == "GLIBC_2.34"));
        Assert.IsEmpty(image.DefinedVersions);
    }

    [TestMethod]
    public void AWeakCopyDiffersInTwoBytes()
    {
        var original = File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux);
        var image = ElfImage.Parse(original);
        var need = image.NeededVersions.Single(n => n.Version == NewestVersion);

        var copy = image.WithWeak([need]);

        Assert.HasCount(original.Length, copy);
        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != copy[i]).ToArray();
        CollectionAssert.AreEquivalent(new[] { need.FlagsOffset, need.Symbols[0].InfoOffset }, changed);
        Assert.AreEqual((0, 2), (original[need.FlagsOffset], copy[need.FlagsOffset]), "no flags to VER_FLG_WEAK");
        Assert.AreEqual((0x12, 0x22), (original[need.Symbols[0].InfoOffset], copy[need.Symbols[0].InfoOffset]), "global function to weak function");
    }

    [TestMethod]
    public void AWeakCopyReadsAsWeakAndStaysAsItIs()
    {
        var image = ElfImage.Parse(File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux));
        var copy = image.WithWeak(image.NeededVersions.Where(n => n.Version == NewestVersion));

        var again = ElfImage.Parse(copy);

        var need = again.NeededVersions.Single(n => n.IsWeak);
        Assert.AreEqual(NewestVersion, need.Version);
        Assert.AreEqual(VersionFix.MarkerSymbol, need.Symbols.Single().Name);
        Assert.HasCount(image.NeededVersions.Count, again.NeededVersions);
        CollectionAssert.AreEqual(copy, again.WithWeak([need]));
    }

    [TestMethod]
    public void ATruncatedLibraryIsAnError()
    {
        var whole = File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux);
        foreach (var length in new[] { 0, 1, 4, 63, 64, 100, 4096, whole.Length / 2, whole.Length - 1 })
        {
            Assert.ThrowsExactly<InvalidDataException>(() => ElfImage.Parse(whole[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    public void WhatIsNoElfLibraryIsAnError()
    {
        Assert.ThrowsExactly<InvalidDataException>(() => ElfImage.Parse(new byte[4096]));
        Assert.ThrowsExactly<InvalidDataException>(() => ElfImage.Parse([.. Enumerable.Repeat((byte)0xff, 4096)]));

        var other = new byte[4096];
        "\u007fELF"u8.CopyTo(other);
        (other[4], other[5]) = (1, 1);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => ElfImage.Parse(other)).Message, "64-bit");
        (other[4], other[5]) = (2, 2);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => ElfImage.Parse(other)).Message, "little-endian");
    }

    [TestMethod]
    public void ADamagedLibraryIsReadOrIsAnErrorButNeverACrash()
    {
        var bytes = File.ReadAllBytes(RuntimeFiles.TorchSharpForLinux);
        var random = new Random(20261124);
        var sectionTable = (int)BitConverter.ToInt64(bytes, 40);
        var needs = ElfImage.Parse(bytes).NeededVersions[0].FlagsOffset & ~0xfff;

        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])bytes.Clone();
            foreach (var start in new[] { 4, sectionTable, needs })
            {
                var offset = start + random.Next(Math.Min(start == 4 ? 60 : 2048, damaged.Length - start));
                random.NextBytes(damaged.AsSpan(offset, Math.Min(1 + random.Next(8), damaged.Length - offset)));
            }
            try
            {
                var image = ElfImage.Parse(damaged);
                Assert.HasCount(damaged.Length, image.WithWeak(image.NeededVersions));
            }
            catch (InvalidDataException)
            {
            }
        }
    }
}
