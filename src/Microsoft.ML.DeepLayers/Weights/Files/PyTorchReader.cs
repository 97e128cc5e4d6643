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
    private const long LongestPickle = 1 << 28;

    /// <summary>Names within names; a pickle can make a dictionary that holds itself.</summary>
    private const int DeepestNames = 32;

    /// <summary>Views may share a storage, so tensors may be larger than the file, but not by much.</summary>
    private const int LargestExpansion = 16;

    private static readonly Dictionary<string, NumberFormat> Storages = new(StringComparer.Ordinal)
    {
        ["torch.DoubleStorage"] = NumberFormat.Float64,
        ["torch.FloatStorage"] = NumberFormat.Float32,
        ["torch.HalfStorage"] = NumberFormat.Float16,
        ["torch.BFloat16Storage"] = NumberFormat.BFloat16,
        ["torch.LongStorage"] = NumberFormat.Int64,
        ["torch.IntStorage"] = NumberFormat.Int32,
        ["torch.ShortStorage"] = NumberFormat.Int16,
        ["torch.CharStorage"] = NumberFormat.Int8,
        ["torch.ByteStorage"] = NumberFormat.UInt8,
        ["torch.BoolStorage"] = NumberFormat.Bool,
    };

    private readonly ZipArchive zip;
    private readonly string folder;
    private readonly Dictionary<string, float[]> storages = new(StringComparer.Ordinal);
    private readonly long mostValues;
    private long storageBytes;
    private long values;

    private PyTorchReader(ZipArchive zip, string folder, long fileLength)
    {
        this.zip = zip;
        this.folder = folder;
        FileLength = fileLength;
        mostValues = fileLength * LargestExpansion;
    }

    private long FileLength { get; }

    /// <summary>A storage as the pickle refers to it.</summary>
    private sealed record Storage(string Key, NumberFormat Format, long Count);

    /// <summary>A tensor: a view into a storage.</summary>
    private sealed record View(Storage Storage, long Offset, IReadOnlyList<long> Size, IReadOnlyList<long> Strides);

    internal static NetworkWeights Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return Read(stream);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new FormatException($"'{path}' is no state_dict of PyTorch, or damaged: {exception.Message}.", exception);
        }
    }

    private static NetworkWeights Read(FileStream stream)
    {
        Span<byte> start = stackalloc byte[2];
        if (stream.ReadAtLeast(start, 2, throwOnEndOfStream: false) < 2 || start is not [(byte)'P', (byte)'K'])
        {
            throw new InvalidDataException(start[0] == 0x80
                ? "it begins like a pickle: torch.save of PyTorch before 1.6 wrote so. Load it there and save it with a newer version"
                : "it is no zip file");
        }

        stream.Position = 0;
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
        var calls = new Dictionary<string, Func<IReadOnlyList<object?>, object>>(StringComparer.Ordinal)
        {
            ["collections.OrderedDict"] = arguments => arguments.Count == 0 ? new PickleDictionary() : throw Unexpected("collections.OrderedDict"),
            ["torch._utils._rebuild_tensor_v2"] = RebuildTensor,
            ["torch._utils._rebuild_parameter"] = arguments => arguments is [View view, ..] ? view : throw Unexpected("torch._utils._rebuild_parameter"),
            ["torch.Size"] = arguments => arguments is [PickleTuple size] ? size : throw Unexpected("torch.Size"),
        };
        if (Pickle.Read(pickle, calls, Storages.Keys.ToHashSet(StringComparer.Ordinal), FindStorage) is not PickleDictionary top)
        {
            throw new InvalidDataException("it does not hold a dictionary");
        }

        var views = new List<(string Name, View View)>();
        Collect(top, "", 0, views);
        if (views.Count == 0)
        {
            throw new InvalidDataException("its dictionary has no tensors");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        return views.Find(item => item.Name.Length == 0 || !names.Add(item.Name)) is { View: not null } wrong
            ? throw new InvalidDataException($"it has two tensors '{wrong.Name}', or one without a name")
            : new NetworkWeights(views.Select(item => Materialize(item.Name, item.View)));
    }

    /// <summary>Tensors in dictionaries in dictionaries, under names joined by dots.</summary>
    private static void Collect(PickleDictionary dictionary, string prefix, int depth, List<(string Name, View View)> views)
    {
        if (depth > DeepestNames)
        {
            throw new InvalidDataException("its dictionaries are too deep");
        }

        foreach ((object key, object? value) in dictionary.Items)
        {
            string name = FormattableString.Invariant($"{prefix}{key}");
            if (value is View view)
            {
                views.Add((name, view));
            }
            else if (value is PickleDictionary inner)
            {
                Collect(inner, name + ".", depth + 1, views);
            }

            if (views.Count > 1_000_000)
            {
                throw new InvalidDataException("it has more than a million tensors");
            }
        }
    }

    private static View RebuildTensor(IReadOnlyList<object?> arguments) =>
        arguments is [Storage storage, long offset, PickleTuple size, PickleTuple strides, ..]
        && Longs(size) is { } dimensions && Longs(strides) is { } steps && dimensions.Length == steps.Length
            ? new View(storage, offset, dimensions, steps)
            : throw Unexpected("torch._utils._rebuild_tensor_v2");

    private static long[]? Longs(PickleTuple tuple) => tuple.Items.All(item => item is long) ? [.. tuple.Items.Cast<long>()] : null;

    private static InvalidDataException Unexpected(string function) => new($"its pickle calls {function} with arguments that PyTorch does not give");

    private static Storage FindStorage(IReadOnlyList<object?> id) =>
        id is ["storage", PickleGlobal type, string key, string, long count] && Storages.TryGetValue(type.Name, out NumberFormat format)
            ? new Storage(key, format, count)
            : throw new InvalidDataException("its pickle refers to something that is no storage");

    private WeightTensor Materialize(string name, View view)
    {
        Shape shape = TensorData.ShapeOf(view.Size)
            ?? throw new InvalidDataException($"tensor '{name}' has the shape [{string.Join(", ", view.Size)}], which no weight can have");
        decimal last = view.Offset;
        for (int i = 0; i < shape.Rank; i++)
        {
            last += view.Strides[i] * (decimal)(shape[i] - 1);
        }

        if (view.Offset < 0 || view.Strides.Any(stride => stride < 0) || last >= view.Storage.Count)
        {
            throw new InvalidDataException($"tensor '{name}' reaches out of its storage of {view.Storage.Count} numbers");
        }

        values += shape.Size;
        if (shape.Size > view.Storage.Count || values > mostValues)
        {
            throw new InvalidDataException($"tensor '{name}' is larger than what is stored for it");
        }

        float[] storage = Load(name, view.Storage);
        bool isWhole = shape.Size == storage.Length && IsContiguous(view, shape);
        return WeightTensor.Over(name, shape, isWhole ? storage : Gather(storage, view, shape));
    }

    private static bool IsContiguous(View view, Shape shape)
    {
        long step = 1;
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            if (view.Strides[axis] != step && shape[axis] > 1)
            {
                return false;
            }

            step *= shape[axis];
        }

        return true;
    }

    private static float[] Gather(float[] storage, View view, Shape shape)
    {
        float[] values = new float[shape.Size];
        int[] index = new int[shape.Rank];
        long place = view.Offset;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = storage[place];
            for (int axis = shape.Rank - 1; axis >= 0; axis--)
            {
                place += view.Strides[axis];
                if (++index[axis] < shape[axis])
                {
                    break;
                }

                place -= view.Strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return values;
    }

    private float[] Load(string name, Storage storage)
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
        if (entry.CompressedLength != entry.Length || storageBytes > FileLength)
        {
            throw new InvalidDataException($"its entry {entry.FullName} is compressed, which PyTorch does not do");
        }
    }
}
