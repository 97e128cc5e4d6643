using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class InputColumnTests
{
    private static readonly DataViewSchema Schema = Make(
        ("Flat", new VectorDataViewType(NumberDataViewType.Single, 4)),
        ("Image", new VectorDataViewType(NumberDataViewType.Byte, 28, 28, 1)),
        ("Number", NumberDataViewType.Double),
        ("Flag", BooleanDataViewType.Instance),
        ("Key", new KeyDataViewType(typeof(uint), 7)),
        ("Keys", new VectorDataViewType(new KeyDataViewType(typeof(ushort), 9), 3)),
        ("Text", TextDataViewType.Instance),
        ("Texts", new VectorDataViewType(TextDataViewType.Instance, 2)),
        ("Free", new VectorDataViewType(NumberDataViewType.Single)),
        ("HalfFree", new VectorDataViewType(NumberDataViewType.Single, 28, 0)));

    [TestMethod]
    public void Vectors_scalars_and_keys_are_described()
    {
        Assert.AreEqual(new InputColumn("Flat", new Shape(4)), InputColumn.FromSchema(Schema, "Flat"));
        Assert.AreEqual(new InputColumn("Image", new Shape(28, 28, 1)), InputColumn.FromSchema(Schema, "Image"));
        Assert.AreEqual(new InputColumn("Number", new Shape(1)), InputColumn.FromSchema(Schema, "Number"));
        Assert.AreEqual(new InputColumn("Flag", new Shape(1)), InputColumn.FromSchema(Schema, "Flag"));
        Assert.AreEqual(new InputColumn("Key", new Shape(1), 7), InputColumn.FromSchema(Schema, "Key"));
        Assert.AreEqual(new InputColumn("Keys", new Shape(3), 9), InputColumn.FromSchema(Schema, "Keys"));
        Assert.AreEqual(784, InputColumn.FromSchema(Schema, "Image").Size);
    }

    [TestMethod]
    public void A_missing_column_lists_those_that_are_there() => AssertFails(
        "features",
        "Feature column 'features' is not in the data, which has: Flat, Image, Number, Flag, Key, Keys, Text, Texts, Free, HalfFree.");

    [TestMethod]
    public void A_column_that_hides_another_is_listed_once()
    {
        DataViewSchema schema = Make(("A", NumberDataViewType.Single), ("B", NumberDataViewType.Single), ("A", NumberDataViewType.Double));
        Assert.EndsWith("which has: A, B.", Assert.ThrowsExactly<ArgumentException>(() => InputColumn.FromSchema(schema, "C")).Message);
    }

    [TestMethod]
    [DataRow("Text", "String")]
    [DataRow("Texts", "Vector<String, 2>")]
    public void Text_says_how_to_convert_it(string name, string type) => AssertFails(
        name,
        $"Feature column '{name}' is of type {type}, but a network reads numbers, keys and booleans. Convert it first, e.g. with Transforms.Categorical.OneHotEncoding, Transforms.Text.FeaturizeText or Transforms.Conversion.MapValueToKey.");

    [TestMethod]
    [DataRow("Free", "Vector<Single>")]
    [DataRow("HalfFree", "Vector<Single, 28, *>")]
    public void A_variable_size_says_how_to_fix_it(string name, string type) => AssertFails(
        name,
        $"Feature column '{name}' is a vector of variable size ({type}), but the network needs a known size. Produce vectors of one length, e.g. with Transforms.Concatenate, or state it in the data class with [VectorType(n)]; or begin a network for sequences with new Input(Shape.Variable).");

    [TestMethod]
    public void The_column_at_scoring_must_have_as_many_values()
    {
        var trained = new InputColumn("Features", new Shape(28, 28));
        Assert.IsNull(trained.Mismatch(Make(("Features", new VectorDataViewType(NumberDataViewType.Single, 28, 28)))));
        Assert.IsNull(trained.Mismatch(Make(("Features", new VectorDataViewType(NumberDataViewType.Double, 784)))), "shape and type may differ");
        Assert.AreEqual(
            "Feature column 'Features' has 780 values a row ([780]), but the network was trained with 784 ([28, 28]).",
            trained.Mismatch(Make(("Features", new VectorDataViewType(NumberDataViewType.Single, 780)))));
        Assert.AreEqual(
            "Feature column 'Features' has 1 values a row ([1]), but the network was trained with 784 ([28, 28]).",
            trained.Mismatch(Make(("Features", NumberDataViewType.Single))));
        Assert.AreEqual(
            "Feature column 'Features' is not in the data, which has: Pixels.",
            trained.Mismatch(Make(("Pixels", NumberDataViewType.Single))));
        Assert.StartsWith("Feature column 'Features' is of type String", trained.Mismatch(Make(("Features", TextDataViewType.Instance)))!);
    }

    private static void AssertFails(string name, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => InputColumn.FromSchema(Schema, name)).Message);

    private static DataViewSchema Make(params (string Name, DataViewType Type)[] columns)
    {
        var builder = new DataViewSchema.Builder();
        Array.ForEach(columns, column => builder.AddColumn(column.Name, column.Type));
        return builder.ToSchema();
    }
}
