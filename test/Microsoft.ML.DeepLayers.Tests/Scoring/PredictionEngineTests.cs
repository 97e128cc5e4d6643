using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Predicts_and_runs_the_network_once_however_many_columns_are_read()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 1], bias: -3));
        PredictionEngine<Question, BinaryAnswer> engine = ml.Model.CreatePredictionEngine<Question, BinaryAnswer>(model);
        BinaryAnswer answer = engine.Predict(new Question { Features = [4, 1] });
        Assert.AreEqual(2, answer.Score);
        Assert.AreEqual(0.880797, answer.Probability, 1e-6);
        Assert.IsTrue(answer.PredictedLabel);
        Assert.AreEqual(1, model.Scorer.Runs);
        Assert.AreEqual(-3, engine.Predict(new Question { Features = [0, 0] }).Score);
        Assert.AreEqual(2, model.Scorer.Runs);
    }

    [TestMethod]
    public void Nothing_runs_where_no_prediction_is_read()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 1]));
        PredictionEngine<Question, Question> engine = ml.Model.CreatePredictionEngine<Question, Question>(model);
        CollectionAssert.AreEqual(new float[] { 4, 1 }, engine.Predict(new Question { Features = [4, 1] }).Features);
        Assert.AreEqual(0, model.Scorer.Runs);
    }

    [TestMethod]
    public void A_model_outlives_the_engines_that_dispose_it()
    {
        var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 1]));
        var first = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        var second = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        Assert.AreEqual(3, first.Predict(new Question { Features = [1, 2] }).Score);
        first.Dispose();
        Assert.AreEqual(5, second.Predict(new Question { Features = [3, 2] }).Score);
        second.Dispose();
        second.Dispose();
        model.Dispose();
        model.Dispose();
        using var third = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        Assert.AreEqual(7, third.Predict(new Question { Features = [3, 4] }).Score);
        CollectionAssert.AreEqual(new float[] { 0, 1, 2 }, TestData.Column<float>(model.Transform(TestData.Numbered(ml, 3)), "Score"));
    }

    [TestMethod]
    public void In_a_chain_with_others_before_and_behind()
    {
        IDataView data = TestData.Create(ml, (new float[] { 5, 0 }, "cat"), (new float[] { 0, 5 }, "dog"));
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new FixedEstimator(ml, TestNetworks.Multiclass(new ClassLabels(2))))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        using var engine = ml.Model.CreatePredictionEngine<LabelledQuestion, NameAnswer>(model);
        Assert.AreEqual("dog", engine.Predict(new LabelledQuestion { Features = [1, 2] }).PredictedLabel);
        Assert.AreEqual("cat", engine.Predict(new LabelledQuestion { Features = [2, 1] }).PredictedLabel);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        engine.OutputSchema["Score"].GetSlotNames(ref slots);
        Assert.AreEqual("cat", slots.GetItemOrDefault(0).ToString());
    }

    [TestMethod]
    public void Engines_on_several_threads_share_a_model()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1]));
        Parallel.For(0, 8, thread =>
        {
            using var engine = new MLContext().Model.CreatePredictionEngine<Question, Answer>(
                model, new PredictionEngineOptions { OwnsTransformer = thread % 2 == 0 });
            for (int i = 0; i < 300; i++)
            {
                Assert.AreEqual((2 * i) + thread, engine.Predict(new Question { Features = [i, thread] }).Score);
            }
        });
    }

    [TestMethod]
    public void A_prediction_allocates_little_and_always_as_much()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1]));
        using var engine = ml.Model.CreatePredictionEngine<Question, Answer>(model);
        var question = new Question { Features = [1, 2] };
        var answer = new Answer();
        long BytesOf(int predictions)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < predictions; i++)
            {
                engine.Predict(question, ref answer);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        BytesOf(2000);
        double first = BytesOf(1000) / 1000.0, later = BytesOf(10_000) / 10_000.0;
        // What ONNX Runtime's managed side allocates for the names and handles of a run.
        Assert.IsLessThan(512, first, $"{first} bytes a prediction");
        Assert.AreEqual(first, later, 1, "It does not grow.");
    }

    [TestMethod]
    public void A_row_of_another_schema_is_refused()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1]));
        IDataView data = TestData.Numbered(ml, 2), other = TestData.Numbered(ml, 2);
        IRowToRowMapper mapper = ((ITransformer)model).GetRowToRowMapper(data.Schema);
        using DataViewRowCursor cursor = other.GetRowCursor(other.Schema);
        Assert.ThrowsExactly<ArgumentException>(() => mapper.GetRow(cursor, mapper.OutputSchema));
    }

    [TestMethod]
    public void A_prediction_needs_the_features_only()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1]));
        DataViewSchema schema = TestData.Numbered(ml, 1).Schema;
        IRowToRowMapper mapper = ((ITransformer)model).GetRowToRowMapper(schema);
        string[] Needed(params string[] columns) => [.. mapper
            .GetDependencies(mapper.OutputSchema.Where(column => columns.Contains(column.Name))).Select(column => column.Name)];
        CollectionAssert.AreEqual(new[] { "Features" }, Needed("Score"));
        CollectionAssert.AreEqual(new[] { "Label" }, Needed("Label"));
        CollectionAssert.AreEqual(new[] { "Features", "Label" }, Needed("Score", "Label"));
        Assert.IsEmpty(Needed());
    }

    private sealed class Question
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class LabelledQuestion
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string? Label { get; set; }
    }

    private sealed class Answer
    {
        public float Score { get; set; }
    }

    private sealed class NameAnswer
    {
        public string? PredictedLabel { get; set; }
    }

    private sealed class BinaryAnswer
    {
        public bool PredictedLabel { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }
    }
}
