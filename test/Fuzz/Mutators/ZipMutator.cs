using System.IO.Compression;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes an entry of a zip, or the list of entries, and packs them again with the right checksums.</summary>
internal static class ZipMutator
{
    /// <summary>Makes a mutator.</summary>
    /// <param name="ofEntry">The mutator of an entry, by its name.</param>
    /// <param name="repair">Brings what the format itself checks in line again, such as checksums; by default nothing.</param>
    /// <param name="places">The places of the entries that may be changed; by default of all, and the bytes of the zip, too.</param>
    internal static Mutator Of(
        Func<string, Mutator> ofEntry,
        Action<List<(string Name, byte[] Content)>>? repair = null,
        Func<List<(string Name, byte[] Content)>, int[]>? places = null) => (random, file, other) =>
    {
        if ((places is null && random.Next(5) == 0) || Read(file) is not { Count: > 0 } entries)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        int[] changeable = places?.Invoke(entries) ?? [.. Enumerable.Range(0, entries.Count)];
        int index = changeable.Length > 0 ? changeable[random.Next(changeable.Length)] : 0;
        (string name, byte[] content) = entries[index];
        CompressionLevel compression = random.Next(20) == 0 ? CompressionLevel.Optimal : CompressionLevel.NoCompression;
        switch (random.Next(12))
        {
            case 0:
                entries.RemoveAt(index);
                break;
            case 1:
                entries.Insert(random.Next(entries.Count), entries[random.Next(entries.Count)]);
                break;
            case 2:
                entries[index] = (entries[random.Next(entries.Count)].Name, content);
                break;
            default:
                byte[] another = entries[random.Next(entries.Count)].Content;
                entries[index] = (name, ofEntry(name)(random, content, another));
                if (random.Next(8) > 0)
                {
                    repair?.Invoke(entries);
                }

                break;
        }

        return Write(entries, compression);
    };

    /// <summary>The entries of a zip; <see langword="null"/> where it is none.</summary>
    internal static List<(string Name, byte[] Content)>? Read(byte[] file)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file));
            return [.. zip.Entries.Select(entry =>
            {
                using Stream stream = entry.Open();
                byte[] content = new byte[Math.Min(entry.Length, ByteMutator.LongestFile)];
                stream.ReadExactly(content);
                return (entry.FullName, content);
            })];
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    internal static byte[] Write(List<(string Name, byte[] Content)> entries, CompressionLevel compression)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = zip.CreateEntry(name, compression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
