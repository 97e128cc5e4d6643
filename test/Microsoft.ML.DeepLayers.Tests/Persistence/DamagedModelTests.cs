using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Tests.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

/// <summary>What users see of models that are damaged, tampered with or too new.</summary>
[TestClass]
public sealed class DamagedModelTests
{
    private const string Folder = "TransformerChain/Transform_000/";

    /// <summary>ML.NET's own header at the beginning of Model.key; our part begins behind it.</summary>
    private const int HeaderSize = 256;

    private static readonly byte[] Zip = SaveChain();

    [TestMethod]
    [DataRow("Model.onnx"), DataRow("Network.json"), DataRow("Training.json"), DataRow("History.json")]
    public void A_changed_part_is_named(string part)
    {
        Fails(part, content => Flip(content, content.Length / 2), "checksum");
        Fails(part, content => content[..^1], "bytes instead of");
        Fails(part, content => [.. content, 0], "bytes instead of");
        Fails(part, content => [], "has 0 bytes");
        Fails(part, _ => null, "it is missing");
    }

    [TestMethod]
    public void A_part_of_another_model_is_found_out()
    {
        byte[] other = ModelZips.Entries(SaveChain(bias: 1))[$"{Folder}Model.onnx"];
        Fails("Model.onnx", content =>
        {
            Assert.HasCount(content.Length, other);
            return other;
        }, "checksum");
    }

    [TestMethod]
    public void A_changed_header_is_named()
    {
        Fails("Model.key", content => Flip(content, HeaderSize + 4), "checksum");
        Fails("Model.key", content => Flip(content, HeaderSize + 40), "checksum");
        Fails("Model.key", content => Flip(content, HeaderSize + 3), "bytes where");
    }

    [TestMethod]
    public void No_single_changed_byte_goes_unnoticed()
    {
        byte[] key = ModelZips.Entries(Zip)[$"{Folder}Model.key"];
        // Our part: length, hash and description; behind it is ML.NET's again.
        int length = 4 + 32 + BitConverter.ToInt32(key, HeaderSize);
        for (int i = HeaderSize; i < HeaderSize + length; i++)
        {
            byte[] zip = ModelZips.Change(Zip, $"{Folder}Model.key", content => Flip(content, i));
            Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(zip), $"byte {i}");
        }
    }

    [TestMethod]
    public void A_truncated_header_is_found_by_MLNET() => Assert.IsInstanceOfType<FormatException>(
        ModelZips.LoadFailure(ModelZips.Change(Zip, $"{Folder}Model.key", content => content[..(content.Length / 2)])));

    [TestMethod]
    public void A_truncated_zip_is_reported_by_MLNET()
    {
        // Nothing of ours is called: this pins what users see.
        foreach (int length in new[] { Zip.Length / 2, Zip.Length - 1, 100, 0 })
        {
            FormatException failure = Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(Zip[..length]));
            StringAssert.Contains(failure.Message, "Failed to open a zip archive");
        }
    }

    [TestMethod]
    public void Damage_within_the_zip_is_named()
    {
        // A byte of the packed ONNX, which lies in the zip as it is: the parts are small and hardly shrink.
        byte[] onnx = ModelZips.Entries(Zip)[$"{Folder}Model.onnx"];
        byte[] stored = Store(Zip);
        int position = stored.AsSpan().IndexOf(onnx);
        Assert.IsGreaterThan(0, position);
        stored[position + (onnx.Length / 2)] ^= 0xFF;
        Exception failure = ModelZips.LoadFailure(stored);
        StringAssert.Contains(failure.ToString(), "Model.onnx");
    }

    [TestMethod]
    public void A_newer_version_asks_for_an_update()
    {
        byte[] newer = ModelZips.Change(Zip, $"{Folder}Model.key", content =>
        {
            // ModelVerWritten and ModelVerReadable of ML.NET's header.
            BitConverter.TryWriteBytes(content.AsSpan(0x48), 0x00990001);
            BitConverter.TryWriteBytes(content.AsSpan(0x4C), 0x00990001);
            return content;
        });
        FormatException failure = Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(newer));
        StringAssert.Contains(failure.Message, "Update the package");
        StringAssert.Contains(failure.Message, "too new");
        StringAssert.Contains(failure.Message, "Transform_000");
    }

    [TestMethod]
    public void A_newer_version_that_old_readers_understand_loads()
    {
        byte[] newer = ModelZips.Change(Zip, $"{Folder}Model.key", content =>
        {
            BitConverter.TryWriteBytes(content.AsSpan(0x48), 0x00990001);
            return content;
        });
        Assert.IsNotNull(ModelZips.Load(newer));
    }

    [TestMethod]
    public void The_signatures_fit_MLNETs_header()
    {
        Assert.IsLessThanOrEqualTo(24, Loader.NetworkLoader.Signature.Length);
        Assert.IsTrue(Loader.NetworkLoader.Signature.All(char.IsAsciiLetterOrDigit));
        Assert.AreEqual(1, typeof(Loader.NetworkLoader).Assembly.GetName().Version!.Major, "A model names the assembly with this version.");
    }

    [TestMethod]
    public void What_unpacks_too_large_is_refused_before_it_is_unpacked()
    {
        const long large = 300L << 20;
        var part = new NetworkPart("Model.onnx", large, new byte[32]);
        part.CheckSize(large, large * 9 / 10);
        part.CheckSize(large, large / 90);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => part.CheckSize(large, large / 1000)).Message, "unpack");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => part.CheckSize(large + 1, large)).Message, "instead of");
        new NetworkPart("Model.onnx", 10 << 20, new byte[32]).CheckSize(10 << 20, 10 << 10);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void A_header_of_nonsense_neither_crashes_nor_fills_the_memory()
    {
        byte[] good = new NetworkDescription(
            [new TrainedOutput(null, PredictionTask.MulticlassClassification, "Label", new ClassLabels(2, NumberDataViewType.Int32, new[] { 1, 2 }))],
            TestNetworks.TwoInputs().Inputs, [NetworkPart.Of("a", [1])]).Write();
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bad = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            try
            {
                NetworkDescription.Read(i % 2 == 0 ? bad : bad[..random.Next(bad.Length)]);
            }
            catch (Exception exception) when (exception is InvalidDataException or IOException or ArgumentException or OverflowException)
            {
                // What NetworkZip turns into a message.
            }
        }
    }

    [TestMethod]
    [DataRow("Network.json"), DataRow("Training.json")]
    public void A_text_that_is_no_UTF8_is_named(string part)
    {
        FormatException failure = Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(HostileZips.Replace(part, [.. "\"x"u8, 0xFF, .. "\""u8])));
        StringAssert.Contains(failure.Message, part);
    }

    [TestMethod]
    [DataRow("""{ "epochs": null }""", "epochs")]
    [DataRow("""{ "epochs": [ null ] }""", "epochs")]
    [DataRow("""{ "epochs": [ { "epoch": 1, "learningRate": 1, "seconds": 1 } ] }""", "metrics")]
    [DataRow("""{ "epochs": [], "evaluation": [ null ] }""", "evaluation")]
    [DataRow("""{ "epochs": [], "network": { "nodes": [ null ], "outputs": [] } }""", "nodes")]
    [DataRow("""{ "epochs": [], "network": { "outputs": [] } }""", "nodes")]
    [DataRow("""{ "epochs": [], "network": { "nodes": [], "outputs": [ { "name": "a", "node": 5 } ] } }""", "network")]
    [DataRow("null", "epochs")]
    [DataRow("[", "History.json")]
    public void A_history_with_nothing_where_a_value_must_be_is_named_when_it_is_asked_for(string json, string what)
    {
        var model = (NeuralNetworkTransformer)((TransformerChain<ITransformer>)ModelZips.Load(HostileZips.Replace("History.json", System.Text.Encoding.UTF8.GetBytes(json)))).First();
        FormatException failure = Assert.ThrowsExactly<FormatException>(() => model.History);
        StringAssert.Contains(failure.Message, "History.json");
        StringAssert.Contains(failure.Message, what);
    }

    [TestMethod]
    [DataRow(0), DataRow(-7), DataRow(int.MinValue)]
    public void An_impossible_dimension_is_named(int dimension)
    {
        byte[] zip = HostileZips.DescribeBytes(HostileZips.Good, description =>
        {
            // "Features", one dimension of 2: the name's units, the number of dimensions, the dimension.
            int at = description.AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes(TestNetworks.Features)) + (2 * TestNetworks.Features.Length);
            BitConverter.TryWriteBytes(description.AsSpan(at + 4), dimension);
            return description;
        });
        StringAssert.Contains(Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(zip)).Message, "Model.key");
    }

    [TestMethod]
    public void Dimensions_whose_product_is_no_size_are_named()
    {
        NetworkDescription Of(params int[] dimensions) => new(
            [new TrainedOutput(null, PredictionTask.Regression, "Label")], [new InputColumn("Features", new Shape(dimensions))], []);
        Assert.HasCount(1, NetworkDescription.Read(Of(1 << 15, 1 << 15).Write()).Inputs);
        Assert.Throws<OverflowException>(() => NetworkDescription.Read(Of(1 << 16, 1 << 16).Write()));
        Assert.Throws<OverflowException>(() => NetworkDescription.Read(Of(Shape.Variable, 1 << 16, 1 << 16).Write()));
    }

    [TestMethod]
    public void A_text_may_not_unpack_to_hundreds_of_times_its_size()
    {
        const long large = 32L << 20;
        new NetworkPart("Network.json", large, new byte[32]).CheckSize(large, large / 50);
        Assert.ThrowsExactly<InvalidDataException>(() => new NetworkPart("Network.json", large, new byte[32]).CheckSize(large, large / 500));
        new NetworkPart("Model.onnx", large, new byte[32]).CheckSize(large, large / 500);
    }

    [TestMethod]
    public void MLNET_loads_the_assembly_that_a_zip_names()
    {
        // Not ours, and not to be mended here: it pins what SECURITY.md says of ML.NET.
        const string named = "System.Net.Mail";
        bool IsLoaded() => AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == named);
        Assert.IsFalse(IsLoaded());
        byte[] zip = ModelZips.Change(HostileZips.Good, $"{Folder}Model.key", key =>
        {
            string name = typeof(Loader.NetworkLoader).Assembly.FullName!;
            int position = key.AsSpan().IndexOf(System.Text.Encoding.Unicode.GetBytes(name));
            System.Text.Encoding.Unicode.GetBytes(named.PadRight(name.Length)).CopyTo(key, position);
            return key;
        });
        Assert.IsNotNull(ModelZips.LoadFailure(zip));
        Assert.IsTrue(IsLoaded());
    }

    private static void Fails(string part, Func<byte[], byte[]?> change, string why)
    {
        Exception failure = ModelZips.LoadFailure(ModelZips.Change(Zip, $"{Folder}{part}", change));
        Assert.IsInstanceOfType<FormatException>(failure);
        StringAssert.Contains(failure.Message, $"{Folder.Replace('/', Path.DirectorySeparatorChar)}{part}");
        StringAssert.Contains(failure.Message, why);
    }

    private static byte[] Flip(byte[] content, int index)
    {
        content[index] ^= 0x55;
        return content;
    }

    /// <summary>The same entries without compression.</summary>
    private static byte[] Store(byte[] zip)
    {
        using var stream = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in ModelZips.Entries(zip))
            {
                using Stream entry = archive.CreateEntry(name, System.IO.Compression.CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static byte[] SaveChain(float bias = 0)
    {
        var ml = new MLContext(seed: 1);
        var chain = new TransformerChain<ITransformer>(new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 2], bias)));
        return ModelZips.Save(ml, chain, TestData.Numbered(ml, 1).Schema);
    }
}
