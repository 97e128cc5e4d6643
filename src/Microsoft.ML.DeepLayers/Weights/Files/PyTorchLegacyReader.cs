using System.Buffers.Binary;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Reads what PyTorch's <c>torch.save</c> wrote before version 1.6, as many published weights still are: five pickles, one
/// behind the other (a magic number, the version of the format, the writing system, what was saved, the keys of its
/// storages), and then the storages, each with its length in front.
/// </summary>
internal static class PyTorchLegacyReader
{
    /// <summary>Most pickles are shorter: they hold names and shapes only.</summary>
    private const long FirstPart = 1 << 20;

    private const long LongestPart = 1 << 28;
    private const long Version = 1001;

    private static readonly Dictionary<string, Func<IReadOnlyList<object?>, object>> NoCalls = [];
    private static readonly HashSet<string> NoNames = [];

    /// <summary>The first pickle: the number 0x1950a86a20f9469cfc6c.</summary>
    internal static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>Reads a file from where it begins.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds something else.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    internal static NetworkWeights Read(FileStream stream)
    {
        (StateDict state, List<object?> keys, int position) = ReadPickles(stream);
        stream.Position = position;
        var storages = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (object? key in keys)
        {
            if (key is not string name || name.Length > Pickle.LongestKey || !state.Storages.TryGetValue(name, out TorchStorage? storage))
            {
                throw new InvalidDataException($"it has a storage '{FileText.Short(key as string)}' that no tensor looks into");
            }

            if (!storages.TryAdd(name, ReadStorage(stream, storage)))
            {
                throw new InvalidDataException($"it has two storages '{name}'");
            }
        }

        return state.ToWeights((tensor, storage) => !storages.TryGetValue(storage.Key, out float[]? numbers)
            ? throw new InvalidDataException($"the numbers of tensor '{tensor}' (storage {storage.Key}) are missing")
            : state.Storages[storage.Key] == storage ? numbers : throw new InvalidDataException($"the storage of tensor '{tensor}' has two forms"));
    }

    /// <summary>How long the pickles are is known when they have been read: a part of the file may hold them, or a larger one.</summary>
    private static (StateDict State, List<object?> Keys, int Position) ReadPickles(FileStream stream)
    {
        for (long part = FirstPart; ; part *= 16)
        {
            byte[] bytes = new byte[Math.Min(Math.Min(part, LongestPart), stream.Length)];
            stream.Position = 0;
            stream.ReadExactly(bytes);
            try
            {
                return ReadPickles(bytes, stream.Length);
            }
            catch (EndOfStreamException) when (part < LongestPart && bytes.Length < stream.Length)
            {
                // The pickles go on behind the part.
            }
        }
    }

    private static (StateDict State, List<object?> Keys, int Position) ReadPickles(byte[] bytes, long fileLength)
    {
        int position = Magic.Length;
        if (Plain(bytes, ref position) is not Version)
        {
            throw new InvalidDataException($"it is not of version {Version} of the format before PyTorch 1.6");
        }

        if (Plain(bytes, ref position) is not PickleDictionary system
            || !system.Items.Any(item => item is { Key: { Text: "little_endian", IsNumber: false }, Value: true }))
        {
            throw new InvalidDataException("it does not say that its byte order is 'little', the only one that is read");
        }

        StateDict state = StateDict.Read(bytes, ref position, fileLength);
        return Plain(bytes, ref position) is List<object?> keys
            ? (state, keys, position)
            : throw new InvalidDataException("it has no list of storages");
    }

    /// <summary>A pickle of texts and numbers alone.</summary>
    private static object? Plain(byte[] bytes, ref int position) => Pickle.Read(
        bytes, ref position, NoCalls, NoNames, _ => throw new InvalidDataException("its pickle refers to something where nothing can be"));

    private static float[] ReadStorage(FileStream stream, TorchStorage storage)
    {
        Span<byte> length = stackalloc byte[8];
        stream.ReadExactly(length);
        long count = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (count != storage.Count || count < 0 || count > Math.Min(Array.MaxLength, (stream.Length - stream.Position) / storage.Format.Size()))
        {
            throw new InvalidDataException($"its storage {storage.Key} claims {count} numbers where {storage.Count} were announced and {stream.Length - stream.Position} bytes are left");
        }

        return TensorData.Read(stream, storage.Format, (int)count);
    }
}
