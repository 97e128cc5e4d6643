using System.IO.Compression;
using System.Text.Json;
using PureHDF;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Reads the weights of a Keras 3 file: HDF5 (<c>.weights.h5</c>), or a zip (<c>.keras</c>) with that and the definition
/// in JSON. A layer's weights are <c>layers/dense_1/vars/0</c>, 1, ..., where <c>dense_1</c> is the second layer of the
/// class Dense, whatever it is called.
/// </summary>
internal static class KerasFile
{
    private const string WeightsEntry = "model.weights.h5";

    private const int DeepestGroup = 32;

    private const int MostObjects = 1_000_000;

    internal static NetworkWeights Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            Span<byte> start = stackalloc byte[4];
            stream.ReadExactly(start);
            stream.Position = 0;
            return start switch
            {
                [(byte)'P', (byte)'K', ..] => ReadZip(stream),
                [0x89, (byte)'H', (byte)'D', (byte)'F'] => ReadHdf5(stream, stream.Length, []),
                _ => throw new InvalidDataException("it is neither HDF5 nor a zip"),
            };
        }
        catch (Exception exception) when (exception is not (IOException or OutOfMemoryException) || exception is EndOfStreamException or InvalidDataException)
        {
            // The HDF5 reader does not say which exceptions it throws for what is damaged.
            throw new FormatException($"'{path}' is no weights file of Keras 3, or damaged: {exception.Message}", exception);
        }
    }

    private static NetworkWeights ReadZip(FileStream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry entry = zip.GetEntry(WeightsEntry) ?? throw new InvalidDataException($"it has no {WeightsEntry}");
        if (entry.CompressedLength != entry.Length || entry.Length > Math.Min(stream.Length, Array.MaxLength))
        {
            throw new InvalidDataException($"its {WeightsEntry} is compressed, which Keras does not do, or larger than 2 GB");
        }

        byte[] bytes = new byte[entry.Length];
        using (Stream content = entry.Open())
        {
            content.ReadExactly(bytes);
        }

        using var memory = new MemoryStream(bytes);
        return ReadHdf5(memory, bytes.Length, ReadNames(zip.GetEntry("config.json")));
    }

    /// <summary>The names of the layers by their paths, of the definition's JSON.</summary>
    private static Dictionary<string, string> ReadNames(ZipArchiveEntry? config)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (config is not { Length: < 1 << 28 })
        {
            return names;
        }

        using Stream stream = config.Open();
        using JsonDocument document = JsonDocument.Parse(stream);
        if (document.RootElement.TryGetProperty("config", out JsonElement settings))
        {
            AddNames(settings, "layers/", 0, names);
        }

        return names;
    }

    private static void AddNames(JsonElement settings, string prefix, int depth, Dictionary<string, string> names)
    {
        if (depth > DeepestGroup || settings.ValueKind != JsonValueKind.Object
            || !settings.TryGetProperty("layers", out JsonElement layers) || layers.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement layer in layers.EnumerateArray())
        {
            string stem = LayerNames.SnakeCase(layer.GetProperty("class_name").GetString() ?? "");
            int count = used[stem] = used.GetValueOrDefault(stem, -1) + 1;
            string path = count == 0 ? $"{prefix}{stem}" : $"{prefix}{stem}_{count}";
            JsonElement inner = layer.GetProperty("config");
            if (inner.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String)
            {
                names[path] = name.GetString()!;
            }

            AddNames(inner, path + "/layers/", depth + 1, names);
        }
    }

    private static NetworkWeights ReadHdf5(Stream stream, long length, Dictionary<string, string> names)
    {
        using var file = H5File.Open(stream, leaveOpen: true);
        var tensors = new List<WeightTensor>();
        Collect(file, "", 0, new Reading(tensors, names, length));
        return tensors.Count > 0
            ? new NetworkWeights(tensors.OrderBy(tensor => tensor.Name, NaturalOrder.Comparer), names)
            : throw new InvalidDataException("it has no weights in groups called vars (files of Keras 2 are laid out differently: save it with Keras 3)");
    }

    /// <summary>What a reading has found, and how much it may.</summary>
    private sealed record Reading(List<WeightTensor> Tensors, Dictionary<string, string> Names, long Length)
    {
        internal int Objects { get; set; }

        internal long Bytes { get; set; }
    }

    private static void Collect(IH5Group group, string path, int depth, Reading reading)
    {
        if (depth > DeepestGroup)
        {
            throw new InvalidDataException("its groups are too deep");
        }

        foreach (IH5Object child in group.Children())
        {
            if (++reading.Objects > MostObjects)
            {
                throw new InvalidDataException($"it has more than {MostObjects} objects");
            }

            string name = path.Length == 0 ? child.Name : $"{path}/{child.Name}";
            if (child is IH5Dataset dataset && (path == "vars" || path.EndsWith("/vars", StringComparison.Ordinal)))
            {
                reading.Tensors.Add(ReadTensor(name, dataset, reading));
            }
            else if (child is IH5Group inner)
            {
                // Newer versions of Keras say here what the layer is called.
                if (child.Name == "vars" && path.Length > 0 && child.AttributeExists("name"))
                {
                    reading.Names.TryAdd(path, child.Attribute("name").Read<string>());
                }

                Collect(inner, name, depth + 1, reading);
            }
        }
    }

    private static WeightTensor ReadTensor(string name, IH5Dataset dataset, Reading reading)
    {
        long[] dimensions = [.. dataset.Space.Dimensions.Select(dimension => dimension > long.MaxValue ? -1 : (long)dimension)];
        Shape shape = TensorData.ShapeOf(dimensions)
            ?? throw new InvalidDataException($"tensor '{name}' has the shape [{string.Join(", ", dimensions)}], which no weight can have");
        // Compressed and unwritten data take less room than they claim; Keras writes neither.
        if ((reading.Bytes += shape.Size * dataset.Type.Size) > reading.Length)
        {
            throw new InvalidDataException($"tensor '{name}' of shape {shape} is larger than what the file holds");
        }

        return WeightTensor.Over(name, shape, ReadValues(name, dataset, shape));
    }

    private static float[] ReadValues(string name, IH5Dataset dataset, Shape shape) => (dataset.Type.Class, dataset.Type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 4) => Read<float>(dataset, shape, value => value),
        (H5DataTypeClass.FloatingPoint, 8) => Read<double>(dataset, shape, value => (float)value),
        (H5DataTypeClass.FloatingPoint, 2) => Read<Half>(dataset, shape, value => (float)value),
        (H5DataTypeClass.FixedPoint, 8) => Read<long>(dataset, shape, value => value),
        (H5DataTypeClass.FixedPoint, 4) when dataset.Type.FixedPoint!.IsSigned => Read<int>(dataset, shape, value => value),
        (H5DataTypeClass.FixedPoint, 4) => Read<uint>(dataset, shape, value => value),
        (H5DataTypeClass.FixedPoint, 1) when dataset.Type.FixedPoint!.IsSigned => Read<sbyte>(dataset, shape, value => value),
        (H5DataTypeClass.FixedPoint, 1) => Read<byte>(dataset, shape, value => value),
        var (type, size) => throw new InvalidDataException(
            $"tensor '{name}' has numbers of the type {type} with {size} bytes, which is not read (float16, float32, float64 and whole numbers are; save bfloat16 as float32)"),
    };

    private static float[] Read<T>(IH5Dataset dataset, Shape shape, Converter<T, float> convert) =>
        shape.Rank == 0 ? [convert(dataset.Read<T>())] : Array.ConvertAll(dataset.Read<T[]>(), convert);
}
