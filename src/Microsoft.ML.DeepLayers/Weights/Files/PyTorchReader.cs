using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Reads what PyTorch's <c>torch.save</c> writes of a <c>state_dict</c>: a zip with a pickle, <c>data.pkl</c>, which
/// describes the tensors, and an entry <c>data/N</c> for each storage (array of numbers) that tensors look into.
/// </summary>
internal sealed class PyTorchReader
{
    /// <summary>A pickle of names and shapes only: a network of a million tensors has some 100 MB.</summary>
    private const long LongestPickle = 1 << 27;

    private readonly ZipArchive zip;
    private readonly string folder;
    private readonly Dictionary<string, float[]> storages = new(StringComparer.Ordinal);
    private long storageBytes;

    private PyTorchReader(ZipArchive zip, string folder, long fileLength)
    {
        this.zip = zip;
        this.folder = folder;
        FileLength = fileLength;
    }

    private long FileLength { get; }

    internal static NetworkWeights Read(string path) => DamagedFile.Read(path, "state_dict of PyTorch", Read);

    private static NetworkWeights Read(FileStream stream)
    {
        Span<byte> start = stackalloc byte[PyTorchLegacyReader.Magic.Length];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        if (start.SequenceEqual(PyTorchLegacyReader.Magic))
        {
            return PyTorchLegacyReader.Read(stream);
        }

        if (start is not [(byte)'P', (byte)'K', ..])
        {
            throw new InvalidDataException("it is no zip file, and does not begin as those of PyTorch before 1.6");
        }

        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry[] pickles = [.. zip.Entries.Where(entry => entry.FullName == "data.pkl" || entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles.Length != 1)
        {
            throw new InvalidDataException($"it has {pickles.Length} entries data.pkl instead of one");
        }

        string folder = pickles[0].FullName[..^"data.pkl".Length];
        if (zip.GetEntry(folder + "constants.pkl") is not null)
        {
            throw new InvalidDataException("it is a TorchScript module. Save its state_dict() with torch.save");
        }

        var reader = new PyTorchReader(zip, folder, stream.Length);
        reader.CheckByteOrder();
        return reader.Read(reader.Bytes(pickles[0], LongestPickle));
    }

    private NetworkWeights Read(byte[] pickle)
    {
        int position = 0;
        return StateDict.Read(pickle, ref position, FileLength).ToWeights(Load);
    }

    private float[] Load(string name, TorchStorage storage)
    {
        if (storages.TryGetValue($"{storage.Key} {storage.Format}", out float[]? loaded))
        {
            return loaded.Length == storage.Count ? loaded : throw new InvalidDataException($"the storage of tensor '{name}' has two lengths");
        }

        ZipArchiveEntry entry = zip.GetEntry($"{folder}data/{storage.Key}")
            ?? throw new InvalidDataException($"the numbers of tensor '{name}' (data/{storage.Key}) are missing");
        if (storage.Count > Array.MaxLength || entry.Length != storage.Count * storage.Format.Size())
        {
            throw new InvalidDataException(
                $"the numbers of tensor '{name}' (data/{storage.Key}) take {entry.Length} bytes instead of {storage.Count} × {storage.Format.Size()}");
        }

        CheckStored(entry);
        using Stream stream = entry.Open();
        float[] numbers = TensorData.Read(stream, storage.Format, (int)storage.Count);
        storages.Add($"{storage.Key} {storage.Format}", numbers);
        return numbers;
    }

    private void CheckByteOrder()
    {
        if (zip.GetEntry(folder + "byteorder") is { } order && Encoding.ASCII.GetString(Bytes(order, 16)).Trim() is not "little" and var found)
        {
            throw new InvalidDataException($"its byte order is '{found}'; only 'little' is read");
        }
    }

    private byte[] Bytes(ZipArchiveEntry entry, long longest)
    {
        if (entry.Length > longest)
        {
            throw new InvalidDataException($"its entry {entry.FullName} has {entry.Length} bytes; at most {longest} are read");
        }

        CheckStored(entry);
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>PyTorch does not compress, so what is read cannot be more than the file: no zip bomb.</summary>
    private void CheckStored(ZipArchiveEntry entry)
    {
        storageBytes += entry.Length;
        if (entry.CompressedLength != entry.Length || entry.Length < 0 || storageBytes > FileLength)
        {
            throw new InvalidDataException($"its entry {entry.FullName} is compressed, which PyTorch does not do");
        }
    }
}
