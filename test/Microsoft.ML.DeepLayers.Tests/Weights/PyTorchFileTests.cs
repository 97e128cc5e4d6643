using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>The file format alone; what the tensors mean is <see cref="WeightConversionTests"/>'s.</summary>
[TestClass]
public sealed class PyTorchFileTests : IDisposable
{
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n(";

    /// <summary>The system that wrote a file of before PyTorch 1.6.</summary>
    private const string Little = "}X\u000d\0\0\0little_endian\u0088s.";

    /// <summary>Two numbers, as such a file describes them.</summary>
    private const string OneTensor =
        "}X\u0001\0\0\0t" + Tensor + "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0002NtQK\0K\u0002\u0085K\u0001\u0085\u0089}tRs.";

    private readonly TemporaryFolder folder = new();

    private string FilePath => folder["x.pt"];

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DataRow("types.pt")]
    [DataRow("types-legacy.pt")]
    public void Types_views_and_parameters_of_a_file_of_PyTorch_are_read(string file)
    {
        NetworkWeights read = NetworkWeights.LoadPyTorch(WeightFiles.Fixture(file));
        CollectionAssert.AreEqual(
            new[] { "float", "transposed", "slice", "tied", "parameter", "double", "half", "bfloat16", "long", "int", "short", "char", "byte", "bool", "scalar" },
            read.Names.ToArray());
        Check("float", new Shape(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Check("transposed", new Shape(4, 3), 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
        Check("slice", new Shape(2, 2), 4, 6, 8, 10);
        Check("tied", new Shape(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        Check("parameter", new Shape(2), 1.5f, -2);
        Check("double", new Shape(2), 0.1f, float.NegativeInfinity);
        Check("half", new Shape(3), 0.5f, -65504, 5.9604645e-8f);
        Check("bfloat16", new Shape(3), 1, -3.140625f, MathF.Pow(2, 100));
        Check("long", new Shape(2), -1, 1L << 40);
        Check("int", new Shape(1), -7);
        Check("short", new Shape(1), -300);
        Check("char", new Shape(1), -128);
        Check("byte", new Shape(1), 255);
        Check("bool", new Shape(2), 1, 0);
        Check("scalar", new Shape(), 42);

        void Check(string name, Shape shape, params float[] values)
        {
            Assert.AreEqual(shape, read[name].Shape);
            CollectionAssert.AreEqual(values, read[name].Values.ToArray(), name);
        }
    }

    [TestMethod]
    public void What_is_written_reads_back_to_the_bit() => Property.Holds(WeightFiles.Any, weights =>
    {
        weights.SavePyTorch(FilePath);
        if (weights.Count > 0)
        {
            WeightFiles.AreSame(weights, NetworkWeights.LoadPyTorch(FilePath));
        }
    });

    [TestMethod]
    public void What_is_written_is_not_compressed_and_has_PyTorchs_entries()
    {
        new NetworkWeights([WeightFiles.Tensor("a", new Shape(1000))]).SavePyTorch(FilePath);
        using ZipArchive zip = ZipFile.OpenRead(FilePath);
        CollectionAssert.AreEqual(
            new[] { "archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/version" }, zip.Entries.Select(entry => entry.FullName).ToArray());
        Assert.IsTrue(zip.Entries.All(entry => entry.CompressedLength == entry.Length));
    }

    [TestMethod]
    public void A_whole_module_is_refused_by_the_name_of_its_class() => Refused(
        () => File.Copy(WeightFiles.Fixture("module.pt"), FilePath), "names torch.nn.modules.linear.Linear, which no state_dict needs");

    [TestMethod]
    [DataRow("cos\nsystem\nX\u0004\0\0\0true\u0085R.", "os.system")]
    [DataRow("cposix\nsystem\nX\u0004\0\0\0true\u0085R.", "posix.system")]
    [DataRow("cbuiltins\neval\nX\u0001\0\0\01\u0085R.", "builtins.eval")]
    [DataRow("c__builtin__\nexec\nX\u0001\0\0\01\u0085R.", "__builtin__.exec")]
    [DataRow("\u008c\u0002os\u008c\u0006system\u0093X\u0004\0\0\0true\u0085R.", "os.system")]
    [DataRow("ccollections\nOrderedDict.popitem\n)R.", "collections.OrderedDict.popitem")]
    [DataRow("ctorch.hub\nload\n)R.", "torch.hub.load")]
    [DataRow("ctorch.storage\n_load_from_bytes\n)R.", "torch.storage._load_from_bytes")]
    public void A_pickle_that_calls_anything_else_is_refused_by_its_name(string pickle, string name) =>
        Refused(() => Write(pickle), $"names {name}, which no state_dict needs. Nothing was run");

    [TestMethod]
    [DataRow("(S'true'\nios\nsystem\n.", "0x53")] // STRING, then INST
    [DataRow("(ios\nsystem\n.", "0x69")]
    [DataRow("}\u0081.", "0x81")] // NEWOBJ
    [DataRow("}\u0082\u0001.", "0x82")] // EXT1
    [DataRow("P1\n.", "0x50")] // PERSID
    [DataRow("}0.", "0x30")] // POP
    public void Instructions_that_no_state_dict_needs_are_refused(string pickle, string code) => Refused(() => Write(pickle), $"instruction {code}");

    [TestMethod]
    [DataRow("}.", "no tensors")]
    [DataRow("].", "does not hold a dictionary")]
    [DataRow("", "ends too early")]
    [DataRow(".", "damaged")]
    [DataRow("}X\u0001\0\0\0a", "ends too early")]
    [DataRow("}X\xff\xff\xff\xffa", "ends too early")]
    [DataRow("}h\u0005.", "damaged")]
    [DataRow("}t.", "damaged")]
    [DataRow("}(K\u0001u.", "damaged")]
    [DataRow("}]K\u0001s.", "neither texts nor whole numbers")]
    [DataRow("ctorch\nFloatStorage\n)R.", "calls torch.FloatStorage")]
    [DataRow("ctorch._utils\n_rebuild_tensor_v2\n)R.", "with arguments that PyTorch does not give")]
    [DataRow("ctorch._utils\n_rebuild_parameter\n)R.", "with arguments that PyTorch does not give")]
    [DataRow("X\u0007\0\0\0storage\u0085Q.", "no storage")]
    [DataRow("\u0080\u0009}.", "protocol 9")]
    // A dictionary that holds itself.
    [DataRow("}q\0X\u0001\0\0\0ah\0s.", "too deep")]
    public void A_damaged_pickle_is_refused(string pickle, string message) => Refused(() => Write(pickle), message);

    [TestMethod]
    [DataRow("K\u0002", "K\0", "K\u0002\u0085", "K\u0001\u0085", null)]
    [DataRow("K\u0002", "K\0", "K\u0003\u0085", "K\u0001\u0085", "reaches out of its storage")]
    [DataRow("K\u0002", "K\u0001", "K\u0002\u0085", "K\u0001\u0085", "reaches out of its storage")]
    [DataRow("K\u0002", "J\xff\xff\xff\xff", "K\u0002\u0085", "K\u0001\u0085", "reaches out of its storage")]
    [DataRow("K\u0002", "K\u0001", "K\u0002\u0085", "J\xff\xff\xff\xff\u0085", "reaches out of its storage")]
    [DataRow("K\u0002", "K\0", "K\u0002\u0085", "\u008a\u0008\0\0\0\0\0\0\0\u0040\u0085", "reaches out of its storage")]
    [DataRow("K\u0002", "K\0", "K\u0009\u0085", "K\0\u0085", "larger than what is stored")]
    [DataRow("K\u0002", "K\0", "J\0\0\0\u0040J\0\0\0\u0040\u0086", "K\0K\0\u0086", "which no weight can have")]
    [DataRow("K\u0002", "K\0", "K\u0002\u0085", "K\u0001K\u0001\u0086", "with arguments that PyTorch does not give")]
    [DataRow("K\u0003", "K\0", "K\u0002\u0085", "K\u0001\u0085", "take 8 bytes instead of 3 × 4")]
    [DataRow("\u008a\u0008\0\0\0\0\0\0\0\u0040", "K\0", "K\u0002\u0085", "K\u0001\u0085", "take 8 bytes")]
    public void A_tensor_that_lies_about_its_place_is_refused_by_name(string count, string offset, string size, string strides, string? message)
    {
        Write($"}}X\u0001\0\0\0t{Tensor}(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpu{count}tQ{offset}{size}{strides}\u0089}}tRs.", ("a/data/0", new byte[8]));
        if (message is null)
        {
            Assert.AreEqual(new Shape(2), NetworkWeights.LoadPyTorch(FilePath)["t"].Shape);
        }
        else
        {
            Refused(() => { }, message);
        }
    }

    [TestMethod]
    public void A_compressed_file_is_refused_since_it_may_be_a_bomb() => Refused(
        () => WeightFiles.WriteZip(FilePath, CompressionLevel.Optimal, ("a/data.pkl", new byte[1 << 20])), "is compressed");

    [TestMethod]
    public void Other_files_are_refused_with_advice()
    {
        Refused(() => File.WriteAllBytes(FilePath, [0x80, 2, 0x8a, 10]), "does not begin as those of PyTorch before 1.6");
        Refused(() => File.WriteAllText(FilePath, "hello"), "no zip file");
        Refused(() => File.WriteAllBytes(FilePath, []), "no zip file");
        Refused(() => File.WriteAllText(FilePath, "PK hello"), "damaged");
        Refused(() => WeightFiles.WriteZip(FilePath, CompressionLevel.NoCompression, ("a/b", [1])), "0 entries data.pkl");
        Refused(() => WeightFiles.WriteZip(FilePath, CompressionLevel.NoCompression, ("a/data.pkl", [1]), ("a/constants.pkl", [1])), "TorchScript");
        Refused(() => Write("}.", ("a/byteorder", "big"u8.ToArray())), "byte order");
    }

    /// <summary>The pickles of the format before PyTorch 1.6: version, system, what was saved, keys; then the storages.</summary>
    [TestMethod]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\00a.", "\u0002\0\0\0\0\0\0\0abcdefgh", null)]
    [DataRow("M\u00e8\u0003.", Little, OneTensor, "]X\u0001\0\0\00a.", "\u0002\0\0\0\0\0\0\0abcdefgh", "not of version 1001")]
    [DataRow("M\u00e9\u0003.", "}X\u000d\0\0\0little_endian\u0089s.", OneTensor, "]X\u0001\0\0\00a.", "\u0002\0\0\0\0\0\0\0abcdefgh", "byte order")]
    [DataRow("M\u00e9\u0003.", Little, "cos\nsystem\nX\u0004\0\0\0true\u0085R.", "].", "", "names os.system, which no state_dict needs. Nothing was run")]
    [DataRow("M\u00e9\u0003.", "cos\nsystem\nX\u0004\0\0\0true\u0085R.", OneTensor, "].", "", "names os.system")]
    [DataRow("M\u00e9\u0003.", Little, "}.", "].", "", "no tensors")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "}.", "", "no list of storages")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "].", "", "(storage 0) are missing")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\01a.", "", "storage '1' that no tensor looks into")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\00aX\u0001\0\0\00a.", "\u0002\0\0\0\0\0\0\0abcdefgh\u0002\0\0\0\0\0\0\0abcdefgh", "two storages '0'")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\00a.", "\u0003\0\0\0\0\0\0\0abcdefghijkl", "claims 3 numbers where 2 were announced")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\00a.", "\u0002\0\0\0\0\0\0\0abcd", "4 bytes are left")]
    [DataRow("M\u00e9\u0003.", Little, OneTensor, "]X\u0001\0\0\00a.", "\u0002\0", "end")]
    public void Files_of_before_PyTorch_1_6_are_checked_alike(string version, string system, string state, string keys, string storages, string? message)
    {
        void WriteLegacy() => File.WriteAllBytes(
            FilePath, [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.', .. Encoding.Latin1.GetBytes(version + system + state + keys + storages)]);
        if (message is not null)
        {
            Refused(WriteLegacy, message);
            return;
        }

        WriteLegacy();
        float[] expected = [BitConverter.ToSingle("abcd"u8), BitConverter.ToSingle("efgh"u8)];
        CollectionAssert.AreEqual(expected, NetworkWeights.LoadPyTorch(FilePath)["t"].Values.ToArray());
    }

    [TestMethod]
    [DataRow("types.pt")]
    [DataRow("types-legacy.pt")]
    public void A_damaged_byte_is_refused_or_read_but_nothing_else(string file)
    {
        byte[] whole = File.ReadAllBytes(WeightFiles.Fixture(file));
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(FilePath, i % 5 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                NetworkWeights.LoadPyTorch(FilePath);
            }
            catch (FormatException)
            {
                // What cannot be read is said so in one way.
            }
        }
    }

    private void Refused(Action write, string message)
    {
        write();
        FormatException exception = Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadPyTorch(FilePath));
        Assert.Contains(message, exception.Message);
        Assert.Contains("x.pt", exception.Message);
        File.Delete(FilePath);
    }

    private void Write(string pickle, params (string Name, byte[] Content)[] more) => WeightFiles.WriteZip(
        FilePath, CompressionLevel.NoCompression, [("a/data.pkl", Encoding.Latin1.GetBytes(pickle)), .. more]);
}
