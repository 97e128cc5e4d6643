using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

[TestClass]
public sealed class SafeTensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void What_is_written_reads_back_to_the_bit() => Property.Holds(WeightFiles.Any, weights =>
    {
        weights.SaveSafeTensors(folder["a.safetensors"]);
        WeightFiles.AreSame(weights, NetworkWeights.LoadSafeTensors(folder["a.safetensors"]));
    });

    [TestMethod]
    public void Metadata_is_kept()
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["what"] = "\"λ\"" };
        new NetworkWeights([WeightFiles.Tensor("a", new Shape(2))], metadata).SaveSafeTensors(folder["a.safetensors"]);
        CollectionAssert.AreEquivalent(metadata, NetworkWeights.LoadSafeTensors(folder["a.safetensors"]).Metadata.ToDictionary());
    }

    [TestMethod]
    public void The_bytes_are_those_of_the_format()
    {
        new NetworkWeights([new("a", new Shape(1, 2), [1, -2])]).SaveSafeTensors(folder["a.safetensors"]);
        byte[] bytes = File.ReadAllBytes(folder["a.safetensors"]);
        const string Header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.AreEqual(0, length % 8);
        Assert.AreEqual(Header, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0 }, bytes[(8 + length)..]);
    }

    [TestMethod]
    [DataRow("F64", "000000000000f8bf", -1.5f)]
    [DataRow("F32", "0000c0bf", -1.5f)]
    [DataRow("F16", "00be", -1.5f)]
    [DataRow("F16", "0100", 5.9604645e-8f)]
    [DataRow("F16", "007c", float.PositiveInfinity)]
    [DataRow("BF16", "c0bf", -1.5f)]
    [DataRow("I64", "feffffffffffffff", -2f)]
    [DataRow("I32", "feffffff", -2f)]
    [DataRow("I16", "feff", -2f)]
    [DataRow("I8", "fe", -2f)]
    [DataRow("U8", "fe", 254f)]
    [DataRow("BOOL", "01", 1f)]
    public void All_types_of_numbers_become_floats(string type, string hex, float expected)
    {
        byte[] data = Convert.FromHexString(hex);
        Write($"{{\"x\":{{\"dtype\":\"{type}\",\"shape\":[],\"data_offsets\":[0,{data.Length}]}}}}", data);
        Assert.AreEqual(expected, Read()["x"].Values.Span[0]);
    }

    [TestMethod]
    [DataRow("""{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "tensor 'x' is of type F8_E4M3")]
    [DataRow("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "tensor 'x' of shape [3] and type F32 takes 12 bytes")]
    [DataRow("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "tensor 'x' ends at byte 12 of 8")]
    [DataRow("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes of no tensor at the end")]
    [DataRow("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "4 bytes of no tensor before 'x'")]
    [DataRow("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlaps")]
    [DataRow("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "two tensors 'x'")]
    [DataRow("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "the shape of tensor 'x' has -2")]
    [DataRow("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", "the shape of tensor 'x' has 1.5")]
    [DataRow("""{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", "tensor 'x' has the shape [0]")]
    [DataRow("""{"x":{"dtype":"F32","shape":[1073741824,1073741824,16],"data_offsets":[0,8]}}""", "tensor 'x' has the shape [1073741824, 1073741824, 16]")]
    [DataRow("""{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "no whole number")]
    [DataRow("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "its offsets are 8 and 0")]
    [DataRow("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "1 offsets instead of 2")]
    [DataRow("""{"x":{"dtype":"F32","data_offsets":[0,8]}}""", "tensor 'x' has no shape")]
    [DataRow("""{"x":{"shape":[2],"data_offsets":[0,8]}}""", "tensor 'x' has no dtype")]
    [DataRow("""{"x":[2]}""", "'x' is no object")]
    [DataRow("""{"__metadata__":{"a":1}}""", "metadata 'a' is no text")]
    [DataRow("[]", "no JSON object")]
    [DataRow("{", "is no safetensors file")]
    public void A_header_that_lies_is_refused_by_name(string header, string message)
    {
        Write(header, new byte[8]);
        FormatException exception = Assert.ThrowsExactly<FormatException>(() => Read());
        Assert.Contains(message, exception.Message);
        Assert.Contains("x.safetensors", exception.Message);
    }

    [TestMethod]
    [DataRow(ulong.MaxValue)]
    [DataRow(1UL << 63)]
    [DataRow(100_000_001UL)]
    [DataRow(1000UL)]
    public void A_header_longer_than_the_file_is_refused_without_making_room_for_it(ulong length)
    {
        byte[] bytes = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(folder["x.safetensors"], bytes);
        Assert.Contains("in a file of 100", Assert.ThrowsExactly<FormatException>(() => Read()).Message);
    }

    [TestMethod]
    [DataRow("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}")]
    [DataRow("{\"x\":{\"dtype\":\"\\udc00\",\"shape\":[2],\"data_offsets\":[0,8]}}")]
    [DataRow("{\"__metadata__\":{\"a\":\"\\ud800\"}}")]
    public void Texts_that_are_no_Unicode_are_refused(string header)
    {
        Write(header, new byte[8]);
        Assert.Contains("no Unicode", Assert.ThrowsExactly<FormatException>(() => Read()).Message);
        byte[] bytes = File.ReadAllBytes(folder["x.safetensors"]);
        bytes[10] = 0xff;
        File.WriteAllBytes(folder["x.safetensors"], bytes);
        Assert.Contains("no UTF-8", Assert.ThrowsExactly<FormatException>(() => Read()).Message);
    }

    [TestMethod]
    public void Dimensions_without_end_are_refused_with_a_short_message()
    {
        Write($"{{\"x\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(",", Enumerable.Repeat("1", 100_000))}],\"data_offsets\":[0,8]}}}}", new byte[8]);
        string message = Assert.ThrowsExactly<FormatException>(() => Read()).Message;
        Assert.Contains("more than 64 numbers", message);
        Assert.IsLessThan(1000, message.Length);
    }

    [TestMethod]
    public void A_file_cut_off_anywhere_is_refused()
    {
        new NetworkWeights([WeightFiles.Tensor("a", new Shape(3)), WeightFiles.Tensor("b", new Shape(2))]).SaveSafeTensors(folder["x.safetensors"]);
        byte[] whole = File.ReadAllBytes(folder["x.safetensors"]);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["x.safetensors"], whole[..length]);
            Assert.ThrowsExactly<FormatException>(() => Read(), $"{length} bytes");
        }
    }

    [TestMethod]
    public void What_cannot_be_written_leaves_the_old_file_and_no_other()
    {
        using var inner = new TemporaryFolder();
        string path = inner["a.safetensors"];
        File.WriteAllText(path, "old");
        Assert.ThrowsExactly<ArgumentException>(() => new NetworkWeights([WeightFiles.Tensor("__metadata__", new Shape(1))]).SaveSafeTensors(path));
        Assert.AreEqual("old", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(Path.GetDirectoryName(path)!));
        string missing = inner[Path.Combine("none", "a.safetensors")];
        Assert.Contains(missing, Assert.ThrowsExactly<IOException>(() => new NetworkWeights([]).SaveSafeTensors(missing)).Message);
    }

    private NetworkWeights Read() => NetworkWeights.LoadSafeTensors(folder["x.safetensors"]);

    private void Write(string header, byte[] data)
    {
        byte[] prefix = new byte[8];
        byte[] text = Encoding.UTF8.GetBytes(header);
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)text.Length);
        File.WriteAllBytes(folder["x.safetensors"], [.. prefix, .. text, .. data]);
    }
}
