namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>A storage (array of numbers) as a pickle refers to it.</summary>
internal sealed record TorchStorage(string Key, NumberFormat Format, long Count);

/// <summary>
/// Makes the tensors of a PyTorch <c>state_dict</c> of the pickle that describes them, wherever the numbers are stored.
/// </summary>
internal sealed class StateDict
{
    /// <summary>Names within names; a pickle can make a dictionary that holds itself.</summary>
    private const int DeepestNames = 32;

    private const int MostTensors = 1_000_000;

    /// <summary>The longest key of a storage: PyTorch numbers them.</summary>
    private const int LongestStorageKey = 256;

    /// <summary>Items of dictionaries by bytes of the pickle. One that is referred to again is gone through again.</summary>
    private const int ItemsPerByte = 2;

    /// <summary>Characters of names by bytes of the file. Dictionaries within dictionaries repeat the beginnings.</summary>
    private const int CharactersPerByte = 8;

    private const long MostCharacters = 1 << 27;

    /// <summary>Numbers that are gathered out of storages, by bytes of the file. Views may share a storage.</summary>
    private const int GatheredPerByte = 2;

    private static readonly Dictionary<string, NumberFormat> StorageTypes = new(StringComparer.Ordinal)
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

    private readonly Dictionary<string, TorchStorage> found = new(StringComparer.Ordinal);
    private readonly List<(string Name, View View)> views = [];
    private readonly long fileLength;
    private long items;
    private long characters;
    private long gathered;

    private StateDict(long fileLength) => this.fileLength = fileLength;

    /// <summary>A tensor: a view into a storage.</summary>
    private sealed record View(TorchStorage Storage, long Offset, IReadOnlyList<long> Size, IReadOnlyList<long> Strides);

    /// <summary>The storages that the pickle refers to, by their keys.</summary>
    internal IReadOnlyDictionary<string, TorchStorage> Storages => found;

    /// <summary>Reads the pickle.</summary>
    /// <param name="bytes">The bytes of the pickle, and perhaps of what follows.</param>
    /// <param name="position">Where it begins; afterwards, where it ends.</param>
    /// <param name="fileLength">The length of the file, which bounds what is made of it.</param>
    /// <exception cref="InvalidDataException">It is damaged, or names what no state_dict needs.</exception>
    internal static StateDict Read(byte[] bytes, ref int position, long fileLength)
    {
        var state = new StateDict(fileLength);
        int start = position;
        var calls = new Dictionary<string, Func<IReadOnlyList<object?>, object>>(StringComparer.Ordinal)
        {
            ["collections.OrderedDict"] = arguments => arguments.Count == 0 ? new PickleDictionary() : throw Unexpected("collections.OrderedDict"),
            ["torch._utils._rebuild_tensor"] = arguments => RebuildTensor(arguments, "torch._utils._rebuild_tensor"),
            ["torch._utils._rebuild_tensor_v2"] = arguments => RebuildTensor(arguments, "torch._utils._rebuild_tensor_v2"),
            ["torch._utils._rebuild_parameter"] = arguments => arguments is [View view, ..] ? view : throw Unexpected("torch._utils._rebuild_parameter"),
            ["torch.Size"] = arguments => arguments is [PickleTuple size] ? size : throw Unexpected("torch.Size"),
        };
        if (Pickle.Read(bytes, ref position, calls, StorageTypes.Keys.ToHashSet(StringComparer.Ordinal), state.FindStorage) is not PickleDictionary top)
        {
            throw new InvalidDataException("it does not hold a dictionary");
        }

        state.items = 1000 + (ItemsPerByte * (long)(position - start));
        state.characters = Math.Min((1 << 16) + (CharactersPerByte * fileLength), MostCharacters);
        state.Collect(top, "", 0);
        if (state.views.Count == 0)
        {
            throw new InvalidDataException("its dictionary has no tensors");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        return state.views.Find(item => item.Name.Length == 0 || !names.Add(item.Name)) is { View: not null } wrong
            ? throw new InvalidDataException($"it has two tensors '{wrong.Name}', or one without a name")
            : state;
    }

    /// <summary>The tensors, in order.</summary>
    /// <param name="load">Gives the numbers of a storage; the name is that of the tensor, for messages.</param>
    internal NetworkWeights ToWeights(Func<string, TorchStorage, float[]> load) => new(views.Select(item => Materialize(item.Name, item.View, load)));

    /// <summary>Tensors in dictionaries in dictionaries, under names joined by dots.</summary>
    private void Collect(PickleDictionary dictionary, string prefix, int depth)
    {
        if (depth > DeepestNames)
        {
            throw new InvalidDataException("its dictionaries are too deep");
        }

        foreach ((PickleKey key, object? value) in dictionary.Items)
        {
            if (--items < 0)
            {
                throw new InvalidDataException("its dictionaries refer to each other so often that they have more items than the file can hold");
            }

            if (value is View view)
            {
                views.Add((Name(prefix, key, ""), view));
            }
            else if (value is PickleDictionary inner)
            {
                Collect(inner, Name(prefix, key, "."), depth + 1);
            }

            if (views.Count > MostTensors)
            {
                throw new InvalidDataException($"it has more than {MostTensors} tensors");
            }
        }
    }

    private string Name(string prefix, PickleKey key, string end) => (characters -= prefix.Length + key.Text.Length + end.Length) >= 0
        ? $"{prefix}{key.Text}{end}"
        : throw new InvalidDataException("the names of its tensors are longer than the file can hold");

    private static View RebuildTensor(IReadOnlyList<object?> arguments, string function) =>
        arguments is [TorchStorage storage, long offset, PickleTuple size, PickleTuple strides, ..]
        && Longs(size) is { } dimensions && Longs(strides) is { } steps && dimensions.Length == steps.Length
            ? new View(storage, offset, dimensions, steps)
            : throw Unexpected(function);

    private static long[]? Longs(PickleTuple tuple) =>
        tuple.Items.Count <= TensorData.MostDimensions && tuple.Items.All(item => item is long) ? [.. tuple.Items.Cast<long>()] : null;

    private static InvalidDataException Unexpected(string function) => new($"its pickle calls {function} with arguments that PyTorch does not give");

    private TorchStorage FindStorage(IReadOnlyList<object?> id)
    {
        // Files of before PyTorch 1.6 say at the end what other storage this one is a part of: none, in a state_dict.
        if (id is not ["storage", PickleGlobal type, string key, string, long count, ..] || id is not ([_, _, _, _, _] or [_, _, _, _, _, null])
            || !StorageTypes.TryGetValue(type.Name, out NumberFormat format))
        {
            throw new InvalidDataException("its pickle refers to something that is no storage");
        }

        if (key.Length > LongestStorageKey)
        {
            throw new InvalidDataException($"its pickle refers to a storage whose key has more than {LongestStorageKey} characters");
        }

        var storage = new TorchStorage(key, format, count);
        found[key] = storage;
        return storage;
    }

    private WeightTensor Materialize(string name, View view, Func<string, TorchStorage, float[]> load)
    {
        Shape shape = TensorData.ShapeOf(view.Size)
            ?? throw new InvalidDataException($"tensor '{name}' has the shape {FileText.Shape(view.Size)}, which no weight can have");
        decimal last = view.Offset;
        for (int i = 0; i < shape.Rank; i++)
        {
            last += view.Strides[i] * (decimal)(shape[i] - 1);
        }

        if (view.Offset < 0 || view.Strides.Any(stride => stride < 0) || last >= view.Storage.Count)
        {
            throw new InvalidDataException($"tensor '{name}' reaches out of its storage of {view.Storage.Count} numbers");
        }

        bool isWhole = shape.Size == view.Storage.Count && IsContiguous(view, shape);
        gathered += isWhole ? 0 : shape.Size;
        if (shape.Size > view.Storage.Count || gathered > GatheredPerByte * fileLength)
        {
            throw new InvalidDataException($"tensor '{name}' is larger than what is stored for it");
        }

        float[] storage = load(name, view.Storage);
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
}
