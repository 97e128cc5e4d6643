using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Writes a <c>state_dict</c> as PyTorch's <c>torch.save</c> does: a pickle of protocol 2 and the numbers, in a zip.</summary>
internal static class PyTorchWriter
{
    private const string Folder = "archive/";

    internal static void Write(string path, NetworkWeights weights) => AtomicFile.Write(path, stream => Write(stream, weights), "The weights");

    private static void Write(Stream stream, NetworkWeights weights)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add(zip, "data.pkl", entry => entry.Write(Pickle(weights)));
        Add(zip, "byteorder", entry => entry.Write("little"u8));
        int index = 0;
        foreach (WeightTensor tensor in weights)
        {
            Add(zip, $"data/{index++}", entry => TensorData.Write(entry, tensor.Values.Span));
        }

        Add(zip, "version", entry => entry.Write("3\n"u8));
    }

    private static void Add(ZipArchive zip, string name, Action<Stream> write)
    {
        // PyTorch reads only what is not compressed.
        ZipArchiveEntry entry = zip.CreateEntry(Folder + name, CompressionLevel.NoCompression);
        using Stream stream = entry.Open();
        write(stream);
    }

    private static byte[] Pickle(NetworkWeights weights)
    {
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2]);
        EmptyOrderedDict(pickle);
        pickle.WriteByte((byte)'(');
        int index = 0;
        foreach (WeightTensor tensor in weights)
        {
            Text(pickle, tensor.Name);
            Global(pickle, "torch._utils", "_rebuild_tensor_v2");
            pickle.WriteByte((byte)'(');
            pickle.WriteByte((byte)'(');
            Text(pickle, "storage");
            Global(pickle, "torch", "FloatStorage");
            Text(pickle, index++.ToString(CultureInfo.InvariantCulture));
            Text(pickle, "cpu");
            Number(pickle, tensor.Values.Length);
            pickle.Write("tQ"u8); // TUPLE, BINPERSID
            Number(pickle, 0);
            Numbers(pickle, tensor.Shape);
            Numbers(pickle, Strides(tensor.Shape));
            pickle.WriteByte(0x89); // NEWFALSE: no gradient
            EmptyOrderedDict(pickle);
            pickle.Write("tR"u8); // TUPLE, REDUCE
        }

        pickle.Write("u."u8); // SETITEMS, STOP
        return pickle.ToArray();
    }

    private static int[] Strides(Shape shape)
    {
        int[] strides = new int[shape.Rank];
        for (int axis = shape.Rank - 1, step = 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= shape[axis];
        }

        return strides;
    }

    private static void EmptyOrderedDict(MemoryStream pickle)
    {
        Global(pickle, "collections", "OrderedDict");
        pickle.Write(")R"u8); // EMPTY_TUPLE, REDUCE
    }

    private static void Global(MemoryStream pickle, string module, string name) => pickle.Write(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    private static void Text(MemoryStream pickle, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Sized(pickle, (byte)'X', utf8.Length);
        pickle.Write(utf8);
    }

    private static void Number(MemoryStream pickle, int number) => Sized(pickle, (byte)'J', number);

    private static void Numbers(MemoryStream pickle, IEnumerable<int> numbers)
    {
        pickle.WriteByte((byte)'(');
        foreach (int number in numbers)
        {
            Number(pickle, number);
        }

        pickle.WriteByte((byte)'t');
    }

    /// <summary>An instruction and four bytes.</summary>
    private static void Sized(MemoryStream pickle, byte opcode, int number)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = opcode;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], number);
        pickle.Write(bytes);
    }
}
