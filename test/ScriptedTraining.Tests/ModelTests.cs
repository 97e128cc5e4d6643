using Microsoft.ML;

namespace ScriptedTraining.Tests;

/// <summary>The model as other code uses it.</summary>
[TestClass]
public sealed class ModelTests
{
    private static readonly TemporaryFolder s_folder = new();

    private static string Zip => s_folder["iris.zip"];

    [ClassInitialize]
    public static async Task Train(TestContext context) => await CommandRun.Succeeding(
        "--data", CommandRun.Iris, "--label", "Species", "--network", CommandRun.Mlp, "--out", Zip, "--epochs", "20", "--batch-size", "8", "--learning-rate", "0.01");

    [ClassCleanup]
    public static void Clean() => s_folder.Dispose();

    [TestMethod]
    public void AnotherProgramLoadsTheZipWithAClassOfItsOwn()
    {
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(Zip, out DataViewSchema schema);
        using PredictionEngine<Flower, Prediction> engine = mlContext.Model.CreatePredictionEngine<Flower, Prediction>(model);

        Prediction prediction = engine.Predict(new Flower { SepalLength = 6.3f, SepalWidth = 3.3f, PetalLength = 6, PetalWidth = 2.5f });

        Assert.AreEqual("virginica", prediction.PredictedLabel);
        Assert.HasCount(3, prediction.Score);
        CollectionAssert.AreEqual(new[] { "SepalLength", "SepalWidth", "PetalLength", "PetalWidth", "Species" }, schema.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void TheEngineIsMadeAtTheFirstPredictionAndAgreesWithTheBatch()
    {
        var mlContext = new MLContext();
        using var model = TabularModel.Load(mlContext, Zip);
        var file = new CsvFile(CommandRun.Iris, ',', HasHeader: true);
        IDataView data = TabularModel.LoadIDataViewFromFile(mlContext, file, CsvSchema.Bind(mlContext, file, model, needsLabel: false));
        Assert.IsFalse(model.PredictEngine.IsValueCreated);

        TabularModel.ModelOutput[] one = [.. model.GetInputs(data).Select(model.Predict)];
        TabularModel.ModelOutput[] batch = [.. model.Predict(data)];

        Assert.IsTrue(model.PredictEngine.IsValueCreated);
        Assert.HasCount(150, one);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.AreEqual(batch[i].PredictedLabel, one[i].PredictedLabel);
            Assert.AreEqual(batch[i].Score[0], one[i].Score[0], 1e-5f);
        }
    }

    [TestMethod]
    public void AllLabelsComeTheLikeliestFirst()
    {
        using var model = TabularModel.Load(new MLContext(), Zip);
        var input = new TabularModel.ModelInput { Numbers = [5.1f, 3.5f, 1.4f, 0.2f] };

        KeyValuePair<string, float>[] labels = [.. model.PredictAllLabels(input)];

        Assert.AreEqual("setosa", labels[0].Key);
        Assert.IsGreaterThan(labels[1].Value, labels[0].Value);
        Assert.AreEqual(1, labels.Sum(label => label.Value), 1e-5);
        CollectionAssert.AreEqual(new[] { "SepalLength", "SepalWidth", "PetalLength", "PetalWidth" }, model.NumberColumns.ToArray());
        Assert.AreEqual("Species", model.LabelColumn);
    }

    [TestMethod]
    [DataRow("text: a b c", "a,b,c,a,b,c", "Multiclass"), DataRow("text: two", "yes,no,yes,no", "Binary")]
    [DataRow("0 and 1", "0,1,1,0", "Binary"), DataRow("few whole numbers", "1,2,3,1,2,3,1,2,3,1,2,3,1,2,3", "Multiclass")]
    [DataRow("few rows of each", "1,2,3,1,2,3", "Regression"), DataRow("fractions", "0.5,1,1,0.5,0.5,1", "Regression")]
    [DataRow("a missing one", "a,?,,b,NA", "Binary")]
    public void TheLabelDecidesTheTask(string what, string values, string task)
    {
        using var folder = new TemporaryFolder();
        var file = new CsvFile(folder.Write("label.csv", ["x,y", .. values.Split(',').Select(value => $"1,{value}")]), ',', HasHeader: true);

        var label = LabelValues.Read(new MLContext(), file, "y");

        Assert.AreEqual(task, label.ChooseTask(null).ToString(), what);
    }

    [TestMethod]
    public void ClassesThatAreNumbersAreInTheirOrder()
    {
        using var folder = new TemporaryFolder();
        var file = new CsvFile(folder.Write("label.csv", "x,y", "1,10", "1,9", "1,-1", "1,10"), ',', HasHeader: true);

        var label = LabelValues.Read(new MLContext(), file, "y");

        CollectionAssert.AreEqual(new[] { "-1", "9", "10" }, label.Classes.ToArray());
    }

    private sealed class Flower
    {
        public float SepalLength { get; set; }

        public float SepalWidth { get; set; }

        public float PetalLength { get; set; }

        public float PetalWidth { get; set; }

        public string Species { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
