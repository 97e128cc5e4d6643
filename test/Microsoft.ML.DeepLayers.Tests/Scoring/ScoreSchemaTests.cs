using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>The columns that ML.NET's evaluators and converters look for, by name, type and annotation.</summary>
[TestClass]
public sealed class ScoreSchemaTests
{
    private static readonly string[] Common = ["ScoreColumnSetId", "ScoreColumnKind", "ScoreValueKind"];
    private static readonly ClassLabels Names = new(3, TextDataViewType.Instance, new[] { "a".AsMemory(), "b".AsMemory(), "c".AsMemory() });

    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Regression_adds_a_score()
    {
        DataViewSchema schema = OutputSchema(TestNetworks.Regression([1, 1]), out int first);
        Assert.AreEqual(first + 1, schema.Count);
        CheckColumn(schema[first], "Score", NumberDataViewType.Single, Common);
        Assert.AreEqual("Regression", Text(schema[first], "ScoreColumnKind"));
        Assert.AreEqual("Score", Text(schema[first], "ScoreValueKind"));
    }

    [TestMethod]
    public void Binary_adds_a_label_a_logit_and_a_probability_in_this_order()
    {
        DataViewSchema schema = OutputSchema(TestNetworks.Binary([1, 1]), out int first);
        CheckColumn(schema[first], "PredictedLabel", BooleanDataViewType.Instance, Common);
        CheckColumn(schema[first + 1], "Score", NumberDataViewType.Single, Common);
        CheckColumn(schema[first + 2], "Probability", NumberDataViewType.Single, [.. Common, "IsNormalized"]);
        bool isNormalized = false;
        schema[first + 2].Annotations.GetValue("IsNormalized", ref isNormalized);
        Assert.IsTrue(isNormalized);
        CollectionAssert.AreEqual(
            new[] { "PredictedLabel", "Score", "Probability" },
            Enumerable.Range(first, 3).Select(i => Text(schema[i], "ScoreValueKind")).ToArray());
        Assert.AreEqual("BinaryClassification", Text(schema[first], "ScoreColumnKind"));
    }

    [TestMethod]
    public void Binary_predicts_a_key_where_the_label_was_one_with_values()
    {
        var labels = new ClassLabels(2, TextDataViewType.Instance, new[] { "no".AsMemory(), "yes".AsMemory() });
        DataViewSchema schema = OutputSchema(TestNetworks.Binary([1, 1], labels: labels), out int first);
        CheckColumn(schema[first], "PredictedLabel", new KeyDataViewType(typeof(uint), 2), [.. Common, "KeyValues"]);

        schema = OutputSchema(TestNetworks.Binary([1, 1], labels: new ClassLabels(2)), out first);
        CheckColumn(schema[first], "PredictedLabel", BooleanDataViewType.Instance, Common);
    }

    [TestMethod]
    public void Multiclass_names_the_classes_of_a_text_label()
    {
        DataViewSchema schema = OutputSchema(TestNetworks.Multiclass(Names), out int first, features: 3);
        CheckColumn(schema[first], "PredictedLabel", new KeyDataViewType(typeof(uint), 3), [.. Common, "KeyValues"]);
        CheckColumn(
            schema[first + 1], "Score", new VectorDataViewType(NumberDataViewType.Single, 3), [.. Common, "TrainingLabelValues", "SlotNames"]);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema[first + 1].GetSlotNames(ref slots);
        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, slots.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Multiclass_has_no_slot_names_where_the_label_was_no_text()
    {
        DataViewSchema schema = OutputSchema(
            TestNetworks.Multiclass(new ClassLabels(3, NumberDataViewType.Int32, new[] { 30, 10, 20 })), out int first, features: 3);
        CheckColumn(schema[first], "PredictedLabel", new KeyDataViewType(typeof(uint), 3), [.. Common, "KeyValues"]);
        CheckColumn(schema[first + 1], "Score", new VectorDataViewType(NumberDataViewType.Single, 3), [.. Common, "TrainingLabelValues"]);
        VBuffer<int> values = default;
        schema[first].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { 30, 10, 20 }, values.DenseValues().ToArray());

        schema = OutputSchema(TestNetworks.Multiclass(new ClassLabels(3)), out first, features: 3);
        CheckColumn(schema[first], "PredictedLabel", new KeyDataViewType(typeof(uint), 3), Common);
        CheckColumn(schema[first + 1], "Score", new VectorDataViewType(NumberDataViewType.Single, 3), Common);
    }

    [TestMethod]
    public void Annotations_are_not_changed_by_who_receives_them()
    {
        DataViewSchema schema = OutputSchema(TestNetworks.Multiclass(new ClassLabels(2, NumberDataViewType.Int32, new[] { 5, 6 })), out int first);
        VBuffer<int> values = default;
        schema[first].GetKeyValues(ref values);
        VBufferEditor.CreateFromBuffer(ref values).Values.Clear();
        VBuffer<int> again = default;
        schema[first].GetKeyValues(ref again);
        CollectionAssert.AreEqual(new[] { 5, 6 }, again.DenseValues().ToArray());
    }

    [TestMethod]
    public void Two_networks_in_a_chain_are_told_apart_and_the_second_hides_the_first()
    {
        IDataView data = TestData.Numbered(ml, 3);
        var chain = new FixedEstimator(ml, TestNetworks.Regression([1, 0]))
            .Append(new FixedEstimator(ml, TestNetworks.Regression([10, 0]))).Fit(data);
        IDataView scored = chain.Transform(data);
        DataViewSchema.Column[] scores = [.. scored.Schema.Where(column => column.Name == "Score")];
        Assert.HasCount(2, scores);
        Assert.IsTrue(scores[0].IsHidden);
        Assert.IsFalse(scores[1].IsHidden);
        Assert.AreEqual(1u, SetId(scores[0]));
        Assert.AreEqual(2u, SetId(scores[1]));
        CollectionAssert.AreEqual(new float[] { 0, 10, 20 }, TestData.Column<float>(scored, "Score"));
        using DataViewRowCursor cursor = scored.GetRowCursor([scores[0]]);
        Assert.IsTrue(cursor.MoveNext() && cursor.MoveNext());
        float hidden = -1;
        cursor.GetGetter<float>(scores[0])(ref hidden);
        Assert.AreEqual(1, hidden);
    }

    [TestMethod]
    public void A_network_may_read_the_score_of_another_one()
    {
        IDataView data = TestData.Numbered(ml, 300);
        var pipeline = new FixedEstimator(ml, TestNetworks.Regression([1, 0])).Append(new FixedEstimator(ml, TestNetworks.OfScore()));
        ITransformer model = EstimatorConformance.Check(ml, pipeline, data);
        CollectionAssert.AreEqual(Enumerable.Range(0, 300).Select(i => 100f * i).ToArray(), TestData.Column<float>(model.Transform(data), "Score"));
    }

    [TestMethod]
    public void An_estimator_promises_what_is_delivered_for_a_number()
    {
        IDataView data = TestData.Numbered(ml, 600);
        IDataView without = ml.Transforms.DropColumns("Features").Fit(data).Transform(data);
        EstimatorConformance.Check(ml, new FixedEstimator(ml, TestNetworks.Regression([1, 2])), data, without);
    }

    [TestMethod]
    public void An_estimator_promises_what_is_delivered_for_two_classes()
    {
        (float[], bool)[] rows = [.. Enumerable.Range(-300, 600).Select(i => (new float[] { i, 0.5f }, i > 0))];
        EstimatorConformance.Check(ml, new FixedEstimator(ml, TestNetworks.Binary([0.1f, 1])), TestData.Create(ml, rows));
        CheckWithKeys([.. rows.Select(row => (row.Item1, row.Item2 ? "yes" : "no"))], TestNetworks.Binary([1, 2]));
    }

    [TestMethod]
    public void An_estimator_promises_what_is_delivered_for_several_classes_of_any_type()
    {
        static (float[], T)[] Rows<T>(T a, T b) => [([1, 0], a), ([0, 1], b), ([2, 0], a)];
        TrainedNetwork network = TestNetworks.Multiclass(new ClassLabels(2));
        CheckWithKeys(Rows("x", "y"), network);
        CheckWithKeys(Rows<sbyte>(-1, 2), network);
        CheckWithKeys(Rows<byte>(1, 2), network);
        CheckWithKeys(Rows<short>(-1, 2), network);
        CheckWithKeys(Rows<ushort>(1, 2), network);
        CheckWithKeys(Rows(-7, 2), network);
        CheckWithKeys(Rows(7u, 2u), network);
        CheckWithKeys(Rows(7L, 2L), network);
        CheckWithKeys(Rows(7UL, 2UL), network);
        CheckWithKeys(Rows(1.5f, -2f), network);
        CheckWithKeys(Rows(1.5, -2.0), network);
        CheckWithKeys(Rows(true, false), network);
        CheckWithKeys(Rows(new DateTime(2024, 2, 29), new DateTime(2025, 1, 1)), network);
        CheckWithKeys(Rows(new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(5.5)), DateTimeOffset.UnixEpoch), network);
        CheckWithKeys(Rows(TimeSpan.FromSeconds(1), TimeSpan.FromDays(-1)), network);
    }

    /// <summary>The label becomes a key, and the prediction a value again.</summary>
    private void CheckWithKeys<T>((float[], T)[] rows, TrainedNetwork network)
    {
        IDataView data = TestData.Create(ml, rows);
        IEstimator<ITransformer> pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new FixedEstimator(ml, network))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = EstimatorConformance.Check(ml, pipeline, data);
        if (network.Outputs[0].Task == PredictionTask.MulticlassClassification)
        {
            IDataView scored = model.Transform(data);
            int column = scored.Schema["PredictedLabel"].Index;
            object[] predicted = [.. EstimatorConformance.ReadRows(scored).Select(row => row[column])];
            CollectionAssert.AreEqual(rows.Select(row => (object)row.Item2!).ToArray(), predicted, typeof(T).Name);
        }
    }

    private DataViewSchema OutputSchema(TrainedNetwork network, out int first, int features = 2)
    {
        DataViewSchema input = TestData.Numbered(ml, 1, features).Schema;
        first = input.Count;
        return new NeuralNetworkTransformer(ml, network).GetOutputSchema(input);
    }

    private static void CheckColumn(DataViewSchema.Column column, string name, DataViewType type, string[] annotations)
    {
        Assert.AreEqual(name, column.Name);
        Assert.AreEqual(type, column.Type);
        CollectionAssert.AreEquivalent(annotations, column.Annotations.Schema.Select(annotation => annotation.Name).ToArray());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), int.MaxValue), column.Annotations.Schema["ScoreColumnSetId"].Type);
    }

    private static string Text(DataViewSchema.Column column, string annotation)
    {
        ReadOnlyMemory<char> value = default;
        column.Annotations.GetValue(annotation, ref value);
        return value.ToString();
    }

    private static uint SetId(DataViewSchema.Column column)
    {
        uint value = 0;
        column.Annotations.GetValue("ScoreColumnSetId", ref value);
        return value;
    }
}
