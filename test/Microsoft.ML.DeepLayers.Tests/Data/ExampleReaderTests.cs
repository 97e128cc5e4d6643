using System.Globalization;
using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class ExampleReaderTests
{
    private const string Advice =
        "Replace it (Transforms.ReplaceMissingValues), drop such rows (Data.FilterRowsByMissingValues), or set NeuralNetworkOptions.MissingValues = MissingValues.Skip.";

    private static readonly Gen<float> NotFinite = Gen.OneOfConst(float.NaN, float.PositiveInfinity, float.NegativeInfinity);

    [TestMethod]
    public void Inputs_label_and_weight_stand_one_after_the_other()
    {
        TestView view = new TestView(2)
            .WithNumber("Weight", row => 100 + row)
            .WithNumber("Unused", _ => float.NaN)
            .WithNumber("Label", row => 10 + row)
            .WithVector("B", 3, (row, slot) => row + (slot / 10f))
            .WithNumber("A", row => 1000 + row);
        var layout = new ExampleLayout(
            [new InputColumn("A", new Shape(1)), new InputColumn("B", new Shape(3))], new LabelColumn("Label", LabelEncoding.Number, false), "Weight");
        Assert.AreEqual(6, layout.Width);
        CollectionAssert.AreEqual(new[] { 0, 1 }, layout.InputOffsets.ToArray());

        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        Assert.IsTrue(reader.MoveNext());
        CollectionAssert.AreEqual(new float[] { 1000, 0, 0.1f, 0.2f, 10, 100 }, reader.Row.ToArray());
        Assert.IsTrue(reader.MoveNext());
        CollectionAssert.AreEqual(new float[] { 1001, 1, 1.1f, 1.2f, 11, 101 }, reader.Row.ToArray());
        Assert.IsFalse(reader.MoveNext());
        CollectionAssert.AreEquivalent(new[] { "A", "B", "Label", "Weight" }, view.ActiveColumns.ToArray(), "only what is needed is asked for");
    }

    [TestMethod]
    public void Without_weights_the_label_is_last()
    {
        ExampleLayout layout = TestLayouts.Numbers(2);
        Assert.IsFalse(layout.HasWeight);
        Assert.AreEqual((3, 2), (layout.Width, layout.LabelOffsets[0]));
        using var reader = new ExampleReader(TestLayouts.Counting(1, 2), layout, MissingValues.Error);
        Assert.IsTrue(reader.MoveNext());
        Assert.HasCount(3, reader.Row.ToArray());
    }

    [TestMethod]
    public void One_column_may_be_read_by_several_inputs()
    {
        var column = new InputColumn("Features", new Shape(2));
        var layout = new ExampleLayout([column, column], new LabelColumn("Label", LabelEncoding.Number, false), null);
        using var reader = new ExampleReader(TestLayouts.Counting(2, 2), layout, MissingValues.Error);
        Assert.IsTrue(reader.MoveNext() && reader.MoveNext());
        CollectionAssert.AreEqual(new float[] { 1, 1, 1, 1, 1 }, reader.Row.ToArray());
    }

    /// <summary>Vectors of any length, short of, at and beyond the processor's vector width, with a bad value anywhere, alone or not.</summary>
    [TestMethod]
    public void A_value_that_is_not_finite_is_found_at_any_position_of_any_length() => Property.Holds(
        Gen.Int[1, 70].SelectMany(length => Gen.Select(Gen.Const(length), Gen.Int[0, length - 1], NotFinite, Gen.Int[0, 5], Gen.Bool)),
        example =>
        {
            (int length, int bad, float value, int badRow, bool alone) = example;
            TestView view = new TestView(6)
                .WithVector("Features", length, (row, slot) => row == badRow && (slot == bad || (slot > bad && !alone)) ? value : float.MaxValue)
                .WithNumber("Label", _ => 1);
            using var reader = new ExampleReader(view, TestLayouts.Numbers(length), MissingValues.Error);
            for (int i = 0; i < badRow; i++)
            {
                Assert.IsTrue(reader.MoveNext());
            }

            string place = length == 1 ? "Column 'Features'" : $"Column 'Features', slot {bad},";
            Assert.AreEqual(
                $"{place} is missing (NaN, infinite or key 0) in row {badRow} of the training data. {Advice}",
                Assert.ThrowsExactly<InvalidOperationException>(() => reader.MoveNext()).Message);
        },
        count: 400);

    [TestMethod]
    public void Values_at_the_edge_of_finite_are_values() => Property.Holds(
        Gen.OneOfConst(float.MaxValue, float.MinValue, float.Epsilon, -0f, 0f, 1e-40f).Array[1, 40],
        values =>
        {
            TestView view = new TestView(1).WithVector("Features", values.Length, (_, slot) => values[slot]).WithNumber("Label", _ => float.MinValue);
            using var reader = new ExampleReader(view, TestLayouts.Numbers(values.Length), MissingValues.Error);
            Assert.IsTrue(reader.MoveNext());
            CollectionAssert.AreEqual(values.Append(float.MinValue).ToArray(), reader.Row.ToArray());
        });

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void A_missing_label_or_weight_or_second_input_is_named(float missing)
    {
        var layout = new ExampleLayout(
            [new InputColumn("A", new Shape(1)), new InputColumn("B", new Shape(2, 2))], new LabelColumn("Price", LabelEncoding.Number, false), "Importance");
        foreach ((string bad, string place) in new[]
        {
            ("A", "Column 'A'"),
            ("B", "Column 'B', slot 0,"),
            ("Price", "The label, column 'Price',"),
            ("Importance", "The weight, column 'Importance',"),
        })
        {
            TestView view = new TestView(5)
                .WithNumber("A", row => bad == "A" && row == 3 ? missing : 0)
                .WithVector("B", 4, (row, slot) => bad == "B" && row == 3 && slot == 0 ? missing : 0)
                .WithNumber("Price", row => bad == "Price" && row == 3 ? missing : 0)
                .WithNumber("Importance", row => bad == "Importance" && row == 3 ? missing : 1);
            Assert.AreEqual($"{place} is missing (NaN, infinite or key 0) in row 3 of the training data. {Advice}", FailureOf(view, layout));
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_label_with_key_0_is_missing(bool isBinary)
    {
        LabelEncoding encoding = isBinary ? LabelEncoding.Boolean : LabelEncoding.ClassIndex;
        TestView view = new TestView(3)
            .WithVector("Features", 2, (_, _) => 0)
            .With("Label", new KeyDataViewType(typeof(uint), 2), (long row, ref uint value) => value = (uint)row);
        var layout = new ExampleLayout([new InputColumn("Features", new Shape(2))], new LabelColumn("Label", encoding, IsKey: true), null);
        Assert.AreEqual($"The label, column 'Label', is missing (NaN, infinite or key 0) in row 0 of the training data. {Advice}", FailureOf(view, layout));

        using var reader = new ExampleReader(view, layout, MissingValues.Skip);
        Assert.IsTrue(reader.MoveNext());
        Assert.AreEqual(0f, reader.Row[2], "key 1 is the first class");
        Assert.IsTrue(reader.MoveNext());
        Assert.AreEqual(1f, reader.Row[2]);
        Assert.AreEqual(1, reader.SkippedRows);
    }

    [TestMethod]
    public void Skipping_leaves_out_exactly_the_incomplete_rows() => Property.Holds(
        Gen.Select(Gen.Bool.Array[0, 50], NotFinite),
        example =>
        {
            (bool[] isBad, float missing) = example;
            TestView view = new TestView(isBad.Length)
                .WithVector("Features", 9, (row, slot) => isBad[row] && row % 3 == 0 && slot == row % 9 ? missing : row)
                .WithNumber("Label", row => isBad[row] && row % 3 == 1 ? missing : row)
                .WithNumber("Weight", row => isBad[row] && row % 3 == 2 ? missing : 1);
            using var reader = new ExampleReader(view, TestLayouts.Numbers(9, "Weight"), MissingValues.Skip);
            var labels = new List<float>();
            while (reader.MoveNext())
            {
                labels.Add(reader.Row[9]);
            }

            CollectionAssert.AreEqual(Enumerable.Range(0, isBad.Length).Where(row => !isBad[row]).Select(row => (float)row).ToArray(), labels);
            Assert.AreEqual(isBad.Count(bad => bad), reader.SkippedRows);
        });

    [TestMethod]
    [DataRow(MissingValues.Error)]
    [DataRow(MissingValues.Skip)]
    public void A_negative_weight_is_an_error_and_never_skipped(MissingValues missingValues)
    {
        TestView view = new TestView(3).WithVector("Features", 1, (_, _) => 0).WithNumber("Label", _ => 0).WithNumber("Weight", row => row == 2 ? -0.5f : 0);
        CultureInfo before = CultureInfo.CurrentCulture;
        Assert.AreEqual(
            "Weight column 'Weight' is -0.5 in row 2 of the training data. Weights must not be negative.",
            Culture.Run("de-DE", () => FailureOf(view, TestLayouts.Numbers(1, "Weight"), missingValues)));
        Assert.AreEqual(before, CultureInfo.CurrentCulture);
    }

    [TestMethod]
    [DataRow(7f, "7")]
    [DataRow(-1f, "-1")]
    [DataRow(1.5f, "1.5")]
    [DataRow(1e9f, "1E+09")]
    public void An_index_outside_of_the_embedding_names_column_row_value_and_limit(float index, string text)
    {
        TestView view = new TestView(4).WithVector("Words", 3, (row, slot) => row == 2 && slot == 1 ? index : 6).WithNumber("Label", _ => 0);
        Assert.AreEqual(
            $"Column 'Words' feeds an Embedding with inputDim 7, so its values must be whole numbers from 0 to 6, but row 2 has {text}. (Keys arrive as 1 to their count, with 0 for missing: inputDim or vocabularySize must be the count plus 1.)",
            Culture.Run("de-DE", () => FailureOf(view, WithLimit(3, 7))));
    }

    [TestMethod]
    public void All_indices_of_the_embedding_are_taken()
    {
        TestView view = new TestView(2).WithVector("Words", 3, (row, slot) => row == 0 ? 2 * slot : -0f).WithNumber("Label", _ => 0);
        using var reader = new ExampleReader(view, WithLimit(3, 5), MissingValues.Error);
        Assert.IsTrue(reader.MoveNext() && reader.MoveNext());
        Assert.IsFalse(reader.MoveNext());
    }

    /// <summary>The check against a definition by cases.</summary>
    [TestMethod]
    public void Indices_are_checked_one_by_one() => Property.Holds(
        Gen.Select(Gen.OneOf(Gen.Int[-2, 9].Select(value => (float)value), Gen.OneOfConst(0.5f, float.NaN, float.PositiveInfinity)).Array[0, 20], Gen.Int[1, 8]),
        example =>
        {
            (float[] values, int limit) = example;
            float[] allowed = [.. Enumerable.Range(0, limit).Select(value => (float)value)];
            bool valid = values.All(value => allowed.Contains(value));
            void Check() => IndexCheck.Check(values, new InputColumn("Words", new Shape(20), IndexLimit: limit), 3);
            if (valid)
            {
                Check();
            }
            else
            {
                Assert.ThrowsExactly<InvalidOperationException>(Check);
            }
        });

    [TestMethod]
    public void Data_that_cannot_be_shuffled_is_read_in_order_and_other_data_is_not()
    {
        ExampleLayout layout = TestLayouts.Numbers(3);
        List<float> Read(bool canShuffle)
        {
            using var reader = new ExampleReader(TestLayouts.Counting(50, 3, canShuffle), layout, MissingValues.Error, new Random(1));
            var labels = new List<float>();
            while (reader.MoveNext())
            {
                labels.Add(reader.Row[3]);
            }

            return labels;
        }

        float[] inOrder = [.. Enumerable.Range(0, 50).Select(row => (float)row)];
        CollectionAssert.AreEqual(inOrder, Read(canShuffle: false));
        CollectionAssert.AreNotEqual(inOrder, Read(canShuffle: true));
        CollectionAssert.AreEquivalent(inOrder, Read(canShuffle: true));
    }

    [TestMethod]
    public void Disposing_disposes_the_cursor()
    {
        TestView view = TestLayouts.Counting(3);
        var reader = new ExampleReader(view, TestLayouts.Numbers(3), MissingValues.Error);
        Assert.AreEqual(1, view.OpenCursors);
        reader.Dispose();
        Assert.AreEqual(0, view.OpenCursors);
    }

    private static ExampleLayout WithLimit(int size, int limit) =>
        new([new InputColumn("Words", new Shape(size), IndexLimit: limit)], new LabelColumn("Label", LabelEncoding.Number, false), null);

    private static string FailureOf(TestView view, ExampleLayout layout, MissingValues missingValues = MissingValues.Error)
    {
        using var reader = new ExampleReader(view, layout, missingValues);
        return Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            while (reader.MoveNext())
            {
            }
        }).Message;
    }
}
