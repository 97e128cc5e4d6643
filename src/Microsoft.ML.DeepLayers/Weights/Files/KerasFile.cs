using System.IO.Compression;
using Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

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

    internal static NetworkWeights Read(string path) => DamagedFile.Read(path, "weights file of Keras 3", stream =>
    {
        Span<byte> start = stackalloc byte[4];
        stream.ReadExactly(start);
        stream.Position = 0;
        return start switch
        {
            [(byte)'P', (byte)'K', ..] => ReadZip(stream),
            [0x89, (byte)'H', (byte)'D', (byte)'F'] => ReadHdf5(stream, []),
            _ => throw new InvalidDataException("it is neither HDF5 nor a zip"),
        };
    });

    private static NetworkWeights ReadZip(FileStream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry entry = zip.GetEntry(WeightsEntry) ?? throw new InvalidDataException($"it has no {WeightsEntry}");
        byte[] config = zip.GetEntry("config.json") is { } description ? Bytes(description, stream.Length) : [];
        var names = new KerasNames(stream.Length);
        if (config.Length > 0)
        {
            names.ReadDefinition(config);
        }

        using var memory = new MemoryStream(Bytes(entry, stream.Length - config.Length));
        return ReadHdf5(memory, names.ByPath);
    }

    /// <summary>The bytes of an entry, which cannot be more than the file: no zip bomb.</summary>
    private static byte[] Bytes(ZipArchiveEntry entry, long longest)
    {
        if (entry.CompressedLength != entry.Length || entry.Length < 0 || entry.Length > Math.Min(longest, Array.MaxLength))
        {
            throw new InvalidDataException($"its {entry.FullName} is compressed, which Keras does not do, or larger than 2 GB");
        }

        byte[] bytes = new byte[entry.Length];
        using Stream content = entry.Open();
        content.ReadExactly(bytes);
        return bytes;
    }

    private static NetworkWeights ReadHdf5(Stream stream, Dictionary<string, string> names)
    {
        var reading = new Reading(names, stream.Length);
        reading.Collect(Hdf5File.Open(stream), "", 0);
        return reading.Tensors.Count > 0
            ? new NetworkWeights(reading.Tensors.OrderBy(tensor => tensor.Name, NaturalOrder.Comparer), names)
            : throw new InvalidDataException("it has no weights in groups called vars (files of Keras 2 are laid out differently: save it with Keras 3)");
    }

    /// <summary>A walk through the groups of a file.</summary>
    /// <param name="names">The layers' names by path, to which those in the file are added.</param>
    /// <param name="length">The length of the file, which bounds what is made of it.</param>
    private sealed class Reading(Dictionary<string, string> names, long length)
    {
        private long characters = KerasNames.CharactersOf(length);
        private readonly HashSet<string> paths = new(StringComparer.Ordinal);
        private long bytes;

        internal List<WeightTensor> Tensors { get; } = [];

        internal void Collect(Hdf5Object group, string path, int depth)
        {
            if (depth > DeepestGroup)
            {
                throw new InvalidDataException("its groups are too deep");
            }

            bool isOfWeights = path == "vars" || path.EndsWith("/vars", StringComparison.Ordinal);
            foreach ((string member, long address) in Hdf5Group.Members(group))
            {
                if ((characters -= path.Length + member.Length + 1) < 0)
                {
                    throw new InvalidDataException("the names of its groups are longer than the file can hold");
                }

                string name = path.Length == 0 ? member : $"{path}/{member}";
                if (!paths.Add(name))
                {
                    throw new InvalidDataException($"it has two members '{FileText.Short(name)}'");
                }

                Hdf5Object child = Hdf5Object.Read(group.File, address);
                if (!child.IsDataset)
                {
                    // Newer versions of Keras say here what the layer is called.
                    if (member == "vars" && path.Length > 0 && Hdf5Attribute.Text(child, "name") is { } layer)
                    {
                        names.TryAdd(path, layer);
                    }

                    Collect(child, name, depth + 1);
                }
                else if (isOfWeights)
                {
                    Tensors.Add(ReadTensor(name, child));
                }
            }
        }

        private WeightTensor ReadTensor(string name, Hdf5Object source)
        {
            try
            {
                Hdf5Dataset dataset = Hdf5Dataset.Of(source);
                Shape shape = TensorData.ShapeOf(dataset.Dimensions)
                    ?? throw new InvalidDataException($"has the shape {FileText.Shape(dataset.Dimensions)}, which no weight can have");
                if ((bytes += shape.Size * dataset.Format.Size()) > length)
                {
                    throw new InvalidDataException($"of shape {shape} is larger than what the file holds");
                }

                return WeightTensor.Over(name, shape, dataset.Read((int)shape.Size));
            }
            catch (InvalidDataException exception)
            {
                throw new InvalidDataException($"tensor '{FileText.Short(name)}' {exception.Message}", exception);
            }
        }
    }
}
