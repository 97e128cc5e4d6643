using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using static Microsoft.ML.DeepLayers.Tests.Weights.Hdf5Bytes;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>Keras files that lead out of themselves, in circles, or stand for more than they are.</summary>
[TestClass]
public sealed class HostileKerasTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void A_file_of_the_later_version_is_read()
    {
        var file = new Hdf5Bytes();
        File.WriteAllBytes(FilePath, OfArray(file, Space(2), Float32(), Contiguous(file.Write([.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]), 8)));
        WeightTensor tensor = NetworkWeights.LoadKeras(FilePath)["layers/dense/vars/0"];
        CollectionAssert.AreEqual(new[] { 1.5f, -2f }, tensor.Values.ToArray());
    }

    [TestMethod]
    [DataRow((byte)1, "/layers/x")] // by name, to itself
    [DataRow((byte)64, "\0secret.h5\0/x")]
    public void Links_by_name_and_to_other_files_are_refused(byte kind, string target)
    {
        var file = new Hdf5Bytes();
        long layers = file.Group(Link("x", kind, target));
        Refused(file.File(file.Group(Link("layers", layers))), "links by name or to other files");
    }

    [TestMethod]
    public void Numbers_in_another_file_are_refused()
    {
        var file = new Hdf5Bytes();
        Refused(OfArray(file, Space(2), Float32(), new Message(7, new byte[40]), Contiguous(0, 8)), "in another file");
    }

    [TestMethod]
    [DataRow((byte)2)] // chunked
    [DataRow((byte)3)] // virtual: made of other files
    public void Numbers_that_are_not_in_one_piece_are_refused(byte layout)
    {
        var file = new Hdf5Bytes();
        Refused(OfArray(file, Space(2), Float32(), new Message(8, [4, layout, .. new byte[60]])), "does not lie in one piece");
        file = new Hdf5Bytes();
        Refused(OfArray(file, Space(2), Float32(), new Message(11, [2, 1, 1, 0, 0, 0, 0, 0]), Contiguous(0, 8)), "is compressed");
    }

    [TestMethod]
    [DataRow(ulong.MaxValue, "no weight can have")]
    [DataRow(1UL << 40, "no weight can have")]
    [DataRow(1UL << 30, "larger than what the file holds")]
    [DataRow(0UL, "no weight can have")]
    [DataRow(3UL, "has 8 bytes of numbers instead of 12")]
    public void Dimensions_that_lie_are_refused_before_room_is_made(ulong dimension, string message)
    {
        var file = new Hdf5Bytes();
        Refused(OfArray(file, Space(dimension), Float32(), Contiguous(0, 8)), message);
    }

    [TestMethod]
    [DataRow(long.MaxValue, 8UL, "refers to 8 bytes")]
    [DataRow(1L << 40, 8UL, "refers to 8 bytes")]
    [DataRow(-1L, 8UL, "none that were written")]
    [DataRow(0L, ulong.MaxValue, "bytes of numbers instead of 8")]
    public void Places_that_lie_are_refused(long address, ulong length, string message)
    {
        var file = new Hdf5Bytes();
        Refused(OfArray(file, Space(2), Float32(), Contiguous(address, length)), message);
    }

    [TestMethod]
    public void Groups_in_circles_and_groups_that_share_their_members_are_refused()
    {
        var file = new Hdf5Bytes();
        long self = file.Here;
        file.Group(Link("a", self), Link("b", self));
        Refused(file.File(self), "too deep");

        file = new Hdf5Bytes();
        long group = file.Group();
        for (int level = 0; level < 30; level++)
        {
            group = file.Group(Link("a", group), Link("b", group));
        }

        Refused(file.File(group), "so often that they are larger than the file");
    }

    [TestMethod]
    public void Members_of_one_name_are_refused()
    {
        var file = new Hdf5Bytes();
        long array = file.Header(Space(1), Float32(), Contiguous(0, 4));
        Refused(file.File(file.Group(Link("vars", file.Group(Link("0", array), Link("0", array))))), "two members 'vars/0'");
    }

    [TestMethod]
    public void Headers_that_go_on_in_themselves_are_refused()
    {
        var file = new Hdf5Bytes();
        long start = file.Here;
        byte[] again = [.. "OCHK"u8, 16, 16, 0, 0, .. Number((ulong)start), .. Number(28), 0, 0, 0, 0];
        Assert.HasCount(28, again);
        file.Write(again);
        Refused(file.File(file.Header(new Message(16, [.. Number((ulong)start), .. Number(28)]))), "so often that they are larger than the file");
    }

    [TestMethod]
    public void Names_that_repeat_a_long_beginning_are_refused()
    {
        var file = new Hdf5Bytes();
        long array = file.Header(Space(1), Float32(), Contiguous(0, 4));
        long group = file.Group([.. Enumerable.Range(0, 2000).Select(i => Link($"{i}", array))]);
        for (int level = 0; level < 25; level++)
        {
            group = file.Group(Link(new string('a', 255), group));
        }

        Refused(file.File(group), "names of its groups are longer than the file can hold");
    }

    [TestMethod]
    public void A_zip_whose_definition_is_compressed_or_repeats_its_names_is_refused()
    {
        byte[] weights = File.ReadAllBytes(WeightFiles.Fixture("image.weights.h5"));
        byte[] spaces = [.. "{}"u8, .. Enumerable.Repeat((byte)' ', 1 << 24)];
        WeightFiles.WriteZip(FilePath, CompressionLevel.Optimal, ("config.json", spaces));
        Add("model.weights.h5", weights);
        Refused("is compressed");

        string layers = string.Join(",", Enumerable.Repeat("""{"class_name":"A","config":{"name":"x"}}""", 3000));
        string definition = """{"config":{"layers":[{"class_name":"LONG","config":{"layers":[MANY]}}]}}"""
            .Replace("LONG", new string('a', 100_000), StringComparison.Ordinal).Replace("MANY", layers, StringComparison.Ordinal);
        WeightFiles.WriteZip(FilePath, CompressionLevel.NoCompression, ("config.json", Encoding.UTF8.GetBytes(definition)), ("model.weights.h5", weights));
        Refused("names of the classes in its config.json");
    }

    [TestMethod]
    [DataRow("{")]
    [DataRow("[]")]
    [DataRow("""{"config":{"layers":[1]}}""")]
    [DataRow("""{"config":{"layers":[{"class_name":"A"}]}}""")]
    [DataRow("""{"config":{"layers":[{"class_name":"\ud800","config":{}}]}}""")]
    [DataRow("""{"config":{"layers":[{"class_name":1,"config":{}}]}}""")]
    public void A_damaged_definition_is_refused_or_left_out(string definition)
    {
        byte[] weights = File.ReadAllBytes(WeightFiles.Fixture("image.weights.h5"));
        WeightFiles.WriteZip(FilePath, CompressionLevel.NoCompression, ("config.json", Encoding.UTF8.GetBytes(definition)), ("model.weights.h5", weights));
        if (definition == "[]")
        {
            Assert.IsEmpty(NetworkWeights.LoadKeras(FilePath).Metadata);
            File.Delete(FilePath);
        }
        else
        {
            Refused("damaged");
        }
    }

    private string FilePath => folder["x.keras"];

    private static byte[] OfArray(Hdf5Bytes file, params Message[] array)
    {
        long vars = file.Group(Link("0", file.Header(array)));
        long layers = file.Group(Link("dense", file.Group(Link("vars", vars))));
        return file.File(file.Group(Link("layers", layers)));
    }

    private void Add(string name, byte[] content)
    {
        using ZipArchive zip = ZipFile.Open(FilePath, ZipArchiveMode.Update);
        using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }

    private void Refused(byte[] file, string message)
    {
        File.WriteAllBytes(FilePath, file);
        Refused(message);
    }

    private void Refused(string message)
    {
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        FormatException exception = Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadKeras(FilePath));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains(message, exception.Message);
        Assert.IsLessThan(2, watch.Elapsed.TotalSeconds);
        Assert.IsLessThan((64 * new FileInfo(FilePath).Length) + (1 << 20), allocated);
        File.Delete(FilePath);
    }
}
