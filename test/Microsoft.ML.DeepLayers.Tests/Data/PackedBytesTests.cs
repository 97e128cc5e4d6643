using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Columns of bytes are kept as bytes, four times as many in the same memory, and train as floats do, to the bit.</summary>
[TestClass]
public sealed class PackedBytesTests
{
    private const int Size = 31;

    [TestMethod]
    public void Bytes_become_the_same_floats_at_any_length() => Property.Holds(
        Gen.Byte.Array[0, 70], bytes =>
        {
            float[] floats = new float[bytes.Length];
            ByteValues.Widen(bytes, floats);
            CollectionAssert.AreEqual(bytes.Select(value => (float)value).ToArray(), floats);
        });

    [TestMethod]
    public void A_row_has_the_bytes_first_four_in_the_place_of_a_float()
    {
        TestView view = View(3);
        ExampleLayout layout = Layout().Pack(view.Schema);
        Assert.AreEqual((true, false, false), (layout.IsPacked(1), layout.IsPacked(0), layout.IsPacked(2)));
        // 31 bytes take 8 floats; then come two vectors of 2 and 31, the label and the weight.
        Assert.AreEqual((8, 43, 66), (layout.PackedWidth, layout.Width, layout.ValueCount));
        CollectionAssert.AreEqual(new[] { 8, 0, 10 }, layout.InputOffsets.ToArray());

        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        var batch = new Batch(layout, 3);
        while (reader.MoveNext())
        {
            batch.Add(reader.Row);
        }

        for (int row = 0; row < 3; row++)
        {
            CollectionAssert.AreEqual(new float[] { row, row + 1 }, batch.Inputs[0].Span.Slice(2 * row, 2).ToArray());
            float[] expected = [.. Enumerable.Range(0, Size).Select(slot => (float)Value(row, slot))];
            CollectionAssert.AreEqual(expected, batch.Inputs[1].Span.Slice(Size * row, Size).ToArray());
            CollectionAssert.AreEqual(expected, batch.Inputs[2].Span.Slice(Size * row, Size).ToArray());
            Assert.AreEqual((100f + row, 0.5f), (batch.Labels[0].Span[row], batch.Weights!.Span[row]));
        }
    }

    [TestMethod]
    public void What_is_not_bytes_everywhere_stays_floats()
    {
        TestView bytes = View(1), floats = new TestView(1).WithVector("Bytes", Size, (_, _) => 1).WithVector("A", 2, (_, _) => 1).WithVector("Floats", Size, (_, _) => 1);
        Assert.AreEqual(0, Layout().Pack(bytes.Schema, floats.Schema).PackedWidth, "validation data of another type");
        ExampleLayout indices = new ExampleLayout([new InputColumn("Bytes", new Shape(Size), IndexLimit: 300)], Label, null).Pack(bytes.Schema);
        Assert.AreEqual(0, indices.PackedWidth, "indices into an embedding are checked as floats");
    }

    /// <summary>Any bytes at all, those among them that would be NaN or infinity as floats.</summary>
    [TestMethod]
    public void No_bytes_are_taken_for_missing_values_and_missing_floats_behind_them_are_found()
    {
        TestView view = new TestView(2)
            .With("Bytes", new VectorDataViewType(NumberDataViewType.Byte, 8), Fill((_, _) => 255, 8))
            .WithVector("A", 2, (row, slot) => row == 1 && slot == 1 ? float.NaN : 0)
            .WithNumber("Label", _ => 0);
        ExampleLayout layout = new ExampleLayout([new InputColumn("Bytes", new Shape(8)), new InputColumn("A", new Shape(2))], Label, null).Pack(view.Schema);
        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        Assert.IsTrue(reader.MoveNext());
        Assert.StartsWith(
            "Column 'A', slot 1, is missing (NaN, infinite or key 0) in row 1", Assert.ThrowsExactly<InvalidOperationException>(() => reader.MoveNext()).Message);
    }

    [TestMethod]
    public void Sparse_bytes_are_filled_up()
    {
        TestView view = new TestView(2).WithNumber("Label", _ => 0).With(
            "Bytes", new VectorDataViewType(NumberDataViewType.Byte, 9), (long row, ref VBuffer<byte> value) => value = new VBuffer<byte>(9, 1, [(byte)(7 + row)], [(int)row]));
        ExampleLayout plain = new([new InputColumn("Bytes", new Shape(9))], Label, null);
        foreach (ExampleLayout layout in new[] { plain, plain.Pack(view.Schema) })
        {
            using var reader = new ExampleReader(view, layout, MissingValues.Error);
            var batch = new Batch(layout, 2);
            while (reader.MoveNext())
            {
                batch.Add(reader.Row);
            }

            CollectionAssert.AreEqual(new float[] { 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0 }, batch.Inputs[0].Span.ToArray());
        }
    }

    [TestMethod]
    public void Four_times_as_many_fit_the_cache()
    {
        const int Rows = 100, Width = 4000;
        TestView view = new TestView(Rows)
            .With("Bytes", new VectorDataViewType(NumberDataViewType.Byte, Width), Fill((row, slot) => Value(row, slot), Width)).WithNumber("Label", row => row);
        ExampleLayout plain = new([new InputColumn("Bytes", new Shape(Width))], Label, null);
        using var log = new LogOf();
        ExampleSource Read(ExampleLayout layout) => ExampleSet.Read(
            view, new ExampleReading(layout, MissingValues.Error, CacheBytes: Rows * (Width + 4), 0, Seed: 1), log.Channel, () => { }).Training;

        Assert.IsInstanceOfType<CachedExamples>(Read(plain.Pack(view.Schema)));
        Assert.IsInstanceOfType<StreamedExamples>(Read(plain));
    }

    /// <summary>In memory, where a seed gives the same weights always: those that floats give.</summary>
    [TestMethod]
    public void Training_gives_the_same_weights_to_the_bit()
    {
        var ml = new MLContext(seed: 1);
        Row[] rows = [.. Enumerable.Range(0, 90).Select(i => new Row
        {
            Pixels = [.. Enumerable.Range(0, 27).Select(slot => Value(i, slot))],
            Label = i % 2 == 0,
        })];
        IDataView bytes = ml.Data.LoadFromEnumerable(rows);
        IDataView floats = ml.Transforms.Conversion.ConvertType("Pixels", outputKind: DataKind.Single).Fit(bytes).Transform(bytes);
        var options = new NeuralNetworkOptions { FeatureColumnName = "Pixels", Epochs = 3, BatchSize = 8, Seed = 1, ValidationFraction = 0.2f };
        float[] Train(IDataView data) => [.. ml.BinaryClassification.Trainers.NeuralNetwork(
            new Sequential { new Conv2D(3, 2, activation: Activation.ReLU), new Flatten() }, options).Fit(data).Model.GetWeights().SelectMany(weight => weight.Values.ToArray())];

        CollectionAssert.AreEqual(Train(floats), Train(bytes));
    }

    /// <summary>Streamed through a buffer, in any order: each example once, with its own label.</summary>
    [TestMethod]
    public void Streamed_bytes_are_the_same_examples()
    {
        const int Rows = 50;
        TestView view = View(Rows);
        ExampleLayout layout = Layout().Pack(view.Schema);
        var examples = new StreamedExamples(view, layout, MissingValues.Error, bufferBytes: 7 * layout.Width * sizeof(float));
        var seen = new List<int>();
        foreach (Batch batch in new BatchPipeline(layout, 4).Read(examples.BeginEpoch(new Random(1)), CancellationToken.None))
        {
            for (int i = 0; i < batch.Count; i++)
            {
                int row = (int)batch.Labels[0].Span[i] - 100;
                seen.Add(row);
                Assert.IsTrue(batch.Inputs[1].Span.Slice(i * Size, Size).SequenceEqual(batch.Inputs[2].Span.Slice(i * Size, Size)));
                Assert.AreEqual(Value(row, 5), batch.Inputs[1].Span[(i * Size) + 5]);
            }
        }

        CollectionAssert.AreNotEqual(Enumerable.Range(0, Rows).ToArray(), seen);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, Rows).ToArray(), seen);
    }

    private static LabelColumn Label => new("Label", LabelEncoding.Number, IsKey: false);

    private static ExampleLayout Layout() => new(
        [new InputColumn("A", new Shape(2)), new InputColumn("Bytes", new Shape(Size)), new InputColumn("Floats", new Shape(Size))], Label, "Weight");

    private static TestView View(long rows) => new TestView(rows)
        .WithVector("A", 2, (row, slot) => row + slot)
        .With("Bytes", new VectorDataViewType(NumberDataViewType.Byte, Size), Fill(Value, Size))
        .WithVector("Floats", Size, (row, slot) => Value(row, slot))
        .WithNumber("Label", row => 100 + row)
        .WithNumber("Weight", _ => 0.5f);

    private static byte Value(long row, int slot) => (byte)((row * 77) + (slot * slot * 13) + slot);

    private static TestView.RowGetter<VBuffer<byte>> Fill(Func<long, int, byte> value, int size) => (long row, ref VBuffer<byte> result) =>
    {
        VBufferEditor<byte> editor = VBufferEditor.Create(ref result, size);
        for (int slot = 0; slot < size; slot++)
        {
            editor.Values[slot] = value(row, slot);
        }

        result = editor.Commit();
    };

    private sealed class Row
    {
        [VectorType(3, 3, 3)]
        public byte[] Pixels { get; set; } = [];

        public bool Label { get; set; }
    }
}
