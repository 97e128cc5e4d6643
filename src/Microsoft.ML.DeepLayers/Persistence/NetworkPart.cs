using System.Security.Cryptography;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>An entry of a saved network, as its header announces it, so that damage is found and named.</summary>
/// <param name="Entry">The entry's name in the zip.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Hash">Their SHA-256.</param>
internal sealed record NetworkPart(string Entry, long Length, byte[] Hash)
{
    /// <summary>
    /// What unpacks to more than this must have been at least a hundredth of it in the zip. Weights hardly shrink, and
    /// a zip of a few kilobytes shall not fill the memory.
    /// </summary>
    private const long UnsuspiciousLength = 256L << 20;

    /// <summary>The same for texts, which shrink to a tenth.</summary>
    private const long UnsuspiciousText = 16L << 20;

    internal static NetworkPart Of(string entry, byte[] content) => new(entry, content.Length, SHA256.HashData(content));

    internal void Write(BinaryWriter writer)
    {
        writer.WriteText(Entry.AsMemory());
        writer.Write(Length);
        writer.Write(Hash);
    }

    internal static NetworkPart Read(BinaryReader reader) =>
        new(reader.ReadText(), reader.ReadInt64(), reader.ReadBytes(SHA256.HashSizeInBytes));

    /// <summary>Reads the entry and holds it against what the header announced.</summary>
    /// <exception cref="InvalidDataException">It is not what was written; the message says why.</exception>
    internal byte[] Load(ModelFolderReader folder)
    {
        if (folder.Measure(Entry) is { } size)
        {
            CheckSize(size.Length, size.CompressedLength);
        }

        if (Length is < 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"its length is given as {Length}");
        }

        byte[] content = folder.ReadEntry(Entry, (int)Length) ?? throw new InvalidDataException("it is missing");
        return SHA256.HashData(content).AsSpan().SequenceEqual(Hash)
            ? content
            : throw new InvalidDataException("its content is not what was saved (the checksum differs)");
    }

    /// <summary>Refuses an entry before it is unpacked.</summary>
    internal void CheckSize(long length, long compressedLength)
    {
        if (length != Length)
        {
            throw new InvalidDataException($"it has {length} bytes instead of {Length}");
        }

        long unsuspicious = Entry.EndsWith(".json", StringComparison.Ordinal) ? UnsuspiciousText : UnsuspiciousLength;
        if (length > unsuspicious && length / 100 > compressedLength)
        {
            throw new InvalidDataException(
                $"it would unpack from {compressedLength} bytes to {length}, which no trained network does");
        }
    }
}
