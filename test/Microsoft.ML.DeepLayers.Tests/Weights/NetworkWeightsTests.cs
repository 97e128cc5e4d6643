namespace Microsoft.ML.DeepLayers.Tests.Weights;

[TestClass]
public sealed class NetworkWeightsTests
{
    private static readonly NetworkWeights Weights = new([new("a/kernel", new Shape(2), [1, 2]), new("ab/kernel", new Shape(1), [3]), new("a/bias", new Shape(1), [4])]);

    [TestMethod]
    public void A_layers_weights_come_in_order_and_no_others()
    {
        CollectionAssert.AreEqual(new[] { "a/kernel", "a/bias" }, Weights.OfLayer("a").Select(weight => weight.Name).ToArray());
        Assert.AreEqual("No layer 'b' has weights. Those that have: a, ab. (Parameter 'layer')", Assert.ThrowsExactly<ArgumentException>(() => Weights.OfLayer("b")).Message);
        Assert.ThrowsExactly<ArgumentException>(() => Weights["a/none"]);
        CollectionAssert.AreEqual(new[] { "ab/kernel" }, Weights.Without("a").Names.ToArray());
    }

    [TestMethod]
    public void Changes_give_a_new_set()
    {
        NetworkWeights changed = Weights.With(new WeightTensor("a/bias", new Shape(1), [5]), new WeightTensor("c/kernel", new Shape(), [6]));
        CollectionAssert.AreEqual(new[] { "a/kernel", "ab/kernel", "a/bias", "c/kernel" }, changed.Names.ToArray());
        Assert.AreEqual(5, changed["a/bias"].Values.Span[0]);
        Assert.AreEqual(4, Weights["a/bias"].Values.Span[0]);
    }

    [TestMethod]
    public void A_tensor_does_not_follow_the_array_that_it_was_made_of()
    {
        float[] values = [1, 2];
        var tensor = new WeightTensor("a", new Shape(2), values);
        values[0] = 9;
        Assert.AreEqual(1, tensor.Values.Span[0]);
    }

    [TestMethod]
    public void Wrong_tensors_are_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new WeightTensor("", new Shape(1), [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new WeightTensor("a", new Shape(2), [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new WeightTensor("a", new Shape(Shape.Variable), [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new NetworkWeights([new("a", new Shape(1), [1]), new("a", new Shape(1), [1])]));
    }

    [TestMethod]
    [DataRow("types.pt")]
    [DataRow("types-legacy.pt")]
    [DataRow("image.weights.h5")]
    [DataRow("text.keras")]
    public void The_format_of_a_file_is_told_by_how_it_begins(string fixture)
    {
        using var folder = new TemporaryFolder();
        File.Copy(WeightFiles.Fixture(fixture), folder["weights.bin"]);
        // Keras's reader tells its two formats by the name.
        NetworkWeights expected = fixture.EndsWith(".pt", StringComparison.Ordinal) ? NetworkWeights.LoadPyTorch(WeightFiles.Fixture(fixture)) : NetworkWeights.LoadKeras(WeightFiles.Fixture(fixture));
        WeightFiles.AreSame(expected, NetworkWeights.Load(WeightFiles.Fixture(fixture)));
        expected.SaveSafeTensors(folder["other.bin"]);
        WeightFiles.AreSame(expected, NetworkWeights.Load(folder["other.bin"]));
        if (fixture.EndsWith(".pt", StringComparison.Ordinal))
        {
            WeightFiles.AreSame(expected, NetworkWeights.Load(folder["weights.bin"]));
        }
    }

    /// <summary>The length of the header comes first, and can be how files of any other format begin.</summary>
    [TestMethod]
    public void A_safetensors_file_is_told_by_its_header_whatever_its_length()
    {
        using var folder = new TemporaryFolder();
        const string Header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}";
        // All last bytes; "PK"; the beginnings of ONNX; no multiple of 8, as the format allows.
        foreach (int length in Enumerable.Range(Header.Length, 256).Concat([0x4b50, 0x0308, 0x0708, 0x0a08, 0x0280, 0x0580]).Where(length => length >= Header.Length))
        {
            byte[] text = System.Text.Encoding.UTF8.GetBytes(Header.PadRight(length));
            File.WriteAllBytes(folder["w.bin"], [.. BitConverter.GetBytes((long)length), .. text, .. BitConverter.GetBytes(2.5f)]);
            Assert.AreEqual(2.5f, NetworkWeights.Load(folder["w.bin"])["a"].Values.Span[0], $"a header of {length} bytes");
        }
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("hello, these are no weights")]
    public void A_file_of_no_known_format_is_refused_by_name(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["notes.txt"], content);
        string message = Assert.ThrowsExactly<FormatException>(() => NetworkWeights.Load(folder["notes.txt"])).Message;
        Assert.Contains("notes.txt", message);
        Assert.Contains("safetensors, PyTorch, Keras and ONNX", message);
    }
}
