using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Which columns a trainer reads, and how.</summary>
[TestClass]
public sealed class TrainerSchemaTests
{
    private static readonly DataViewSchema Schema = Make(
        ("Features", new VectorDataViewType(NumberDataViewType.Single, 4)),
        ("Words", new VectorDataViewType(new KeyDataViewType(typeof(uint), 9), 6)),
        ("Number", NumberDataViewType.Single),
        ("Flag", BooleanDataViewType.Instance),
        ("Class", new KeyDataViewType(typeof(uint), 3)),
        ("Two", new KeyDataViewType(typeof(byte), 2)),
        ("Weight", NumberDataViewType.Double),
        ("Vector", new VectorDataViewType(NumberDataViewType.Single, 2)));

    [TestMethod]
    public void Columns_come_from_the_options_unless_the_Input_names_one()
    {
        TrainingColumns columns = Bind([new Dense(2)], new RegressionHead(), "Number", "Weight");
        Assert.AreEqual(new InputColumn("Features", new Shape(4)), columns.Layout.Inputs.Single());
        Assert.AreEqual(new LabelColumn("Number", LabelEncoding.Number, IsKey: false), columns.Layout.Labels[0]);
        Assert.AreEqual("Weight", columns.Layout.WeightColumn);
        Assert.AreEqual((1, null), (columns.Outputs[0].Units, columns.Outputs[0].Classes));

        columns = Bind([new Input(null, "Words"), new Flatten()], new MulticlassHead(), "Class", null);
        Assert.AreEqual(new InputColumn("Words", new Shape(6), KeyCount: 9), columns.Layout.Inputs.Single());
        Assert.AreEqual(new LabelColumn("Class", LabelEncoding.ClassIndex, IsKey: true), columns.Layout.Labels[0]);
        Assert.AreEqual((3, 3), (columns.Outputs[0].Units, columns.Outputs[0].Classes!.Count));
    }

    [TestMethod]
    public void Binary_labels_are_booleans_numbers_or_keys_of_two()
    {
        foreach ((string label, bool isKey) in new[] { ("Flag", false), ("Number", false), ("Two", true) })
        {
            TrainingColumns columns = Bind([], new BinaryHead(), label, null);
            Assert.AreEqual(new LabelColumn(label, LabelEncoding.Boolean, isKey), columns.Layout.Labels[0]);
            Assert.AreEqual(1, columns.Outputs[0].Units);
        }
    }

    [TestMethod]
    public void Indices_are_checked_against_the_embedding_that_reads_them_whatever_shapes_they_are_given_before()
    {
        Assert.AreEqual(10, Limit(new Embedding(10, 3)));
        Assert.AreEqual(10, Limit(new Reshape(2, 3), new Permute(2, 1), new Flatten(), new Embedding(10, 3)));
        Assert.AreEqual(0, Limit(new Dense(2), new Embedding(10, 3)), "what Dense gives is no column of the data");
        Assert.AreEqual(0, Limit(new Flatten()));
        Assert.AreEqual(0, Limit());
    }

    [TestMethod]
    [DataRow(20, 11)]
    [DataRow(11, 20)]
    public void Of_several_embeddings_the_smallest_counts(int first, int second)
    {
        Layer input = new Input(null, "Words") { Name = "words" };
        var graph = new NetworkGraph(
            [
                new GraphNode("words", input, []), new GraphNode("flat", new Flatten { Name = "flat" }, [new NodeOutput(0)]),
                new GraphNode("a", new Embedding(first, 2) { Name = "a" }, [new NodeOutput(1)]), new GraphNode("b", new Embedding(second, 2) { Name = "b" }, [new NodeOutput(0)]),
                new GraphNode("c", new Dense(2) { Name = "c" }, [new NodeOutput(0)]),
            ],
            [new NodeOutput(2)]);
        Assert.AreEqual(11, Bind(Schema, graph, Options("Number", null), new RegressionHead()).Layout.Inputs[0].IndexLimit);
    }

    [TestMethod]
    [DataRow("Class", "Key<UInt32>")]
    [DataRow("Vector", "Vector<Single>")]
    [DataRow("Flag", "Boolean")]
    public void Weights_are_one_number_a_row(string column, string type) => Assert.AreEqual(
        $"Weight column '{column}' is of type {type}, but weights are one number a row (Single).",
        Assert.ThrowsExactly<ArgumentException>(() => Bind([], new RegressionHead(), "Number", column)).Message);

    [TestMethod]
    public void A_class_too_few_or_a_count_too_large_for_classes_is_refused()
    {
        DataViewSchema schema = Make(
            ("Features", NumberDataViewType.Single), ("One", new KeyDataViewType(typeof(uint), 1)), ("Many", new KeyDataViewType(typeof(uint), uint.MaxValue)));
        string Message(string label) => Assert.ThrowsExactly<ArgumentException>(
            () => Bind(schema, new Sequential().Graph, Options(label, null), new MulticlassHead())).Message;
        Assert.AreEqual("Label column 'One' has 1 class, but multiclass classification needs at least two.", Message("One"));
        Assert.StartsWith("Label column 'Many' is a key of 4294967295 values, more than the 16,777,216 classes", Message("Many"));
    }

    private static int Limit(params Layer[] layers) =>
        Bind([new Input(null, "Words"), .. layers], new RegressionHead(), "Number", null).Layout.Inputs[0].IndexLimit;

    private static TrainingColumns Bind(Sequential network, TaskHead head, string label, string? weight) =>
        Bind(Schema, network.Graph, Options(label, weight), head);

    private static TrainingColumns Bind(DataViewSchema schema, NetworkGraph graph, NeuralNetworkOptions options, TaskHead head) =>
        TrainerSchema.Bind(schema, graph, options, OutputPlan.Create(graph, options, head));

    private static NeuralNetworkOptions Options(string label, string? weight) => new() { LabelColumnName = label, ExampleWeightColumnName = weight };

    private static DataViewSchema Make(params (string Name, DataViewType Type)[] columns)
    {
        var builder = new DataViewSchema.Builder();
        Array.ForEach(columns, column => builder.AddColumn(column.Name, column.Type));
        return builder.ToSchema();
    }
}
