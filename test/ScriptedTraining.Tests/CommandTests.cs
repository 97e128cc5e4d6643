using System.Globalization;
using Microsoft.ML;

namespace ScriptedTraining.Tests;

/// <summary>The commands as a user runs them, one after the other.</summary>
[TestClass]
public sealed class CommandTests
{
    private static readonly string[] s_quick = ["--epochs", "20", "--batch-size", "8", "--learning-rate", "0.01"];

    [TestMethod]
    public async Task TrainsPredictsAndEvaluates()
    {
        using var folder = new TemporaryFolder();

        CommandRun train = await TrainIris(folder["iris.zip"], "train");

        StringAssert.Contains(train.Output, "dense_1 (Dense)");
        CollectionAssert.AreEqual(Enumerable.Range(1, 20).ToArray(), train.Epochs);
        Assert.IsGreaterThan(0.9, train.Metric("accuracy"));
        Assert.IsLessThan(0.5, train.Baseline("accuracy"));
        StringAssert.Contains(train.Output, $"Saved {folder["iris.zip"]}, ");
        StringAssert.Contains(train.Output, "Loaded again: SepalLength 5.1, SepalWidth 3.5, PetalLength 1.4, PetalWidth 0.2 → setosa ");

        CommandRun predict = await CommandRun.Succeeding("predict", "--model", folder["iris.zip"], "--data", CommandRun.Iris, "--out", folder["p.csv"]);

        string[] predictions = await File.ReadAllLinesAsync(folder["p.csv"]);
        StringAssert.Contains(predict.Output, "150 predictions of 'Species'");
        Assert.HasCount(151, predictions);
        Assert.AreEqual("SepalLength,SepalWidth,PetalLength,PetalWidth,Species,PredictedLabel,Score.setosa,Score.versicolor,Score.virginica", predictions[0]);
        StringAssert.StartsWith(predictions[1], "5.1,3.5,1.4,0.2,setosa,setosa,0.9");
        Assert.IsTrue(predictions.Skip(1).All(line => Math.Abs(line.Split(',')[6..].Sum(Number) - 1) < 1e-5));

        CommandRun evaluate = await CommandRun.Succeeding("evaluate", "--model", folder["iris.zip"], "--data", CommandRun.Iris);

        double right = predictions.Skip(1).Average(line => line.Split(',')[4] == line.Split(',')[5] ? 1.0 : 0);
        Assert.AreEqual(right, evaluate.Metric("accuracy"), 1e-4);
        Assert.AreEqual(Math.Log(3), evaluate.Baseline("log-loss"), 1e-4);
        CollectionAssert.AreEqual(new[] { "iris.zip", "p.csv" }, folder.FileNames, "nothing else is left behind");
    }

    [TestMethod]
    public async Task WithoutACommandItTrainsAndTheSeedDecidesTheModel()
    {
        using var folder = new TemporaryFolder();

        await TrainIris(folder["train.zip"], "train");
        await TrainIris(folder["default.zip"]);
        await TrainIris(folder["other.zip"], "--seed", "7");

        string[] models = await Task.WhenAll(new[] { "train.zip", "default.zip", "other.zip" }.Select(async name => (await Predict(folder[name], CommandRun.Iris)).Output));
        Assert.AreEqual(models[0], models[1]);
        Assert.AreNotEqual(models[0], models[2]);
    }

    [TestMethod]
    public async Task TheFormOfTheReadmeNeedsNothingElse()
    {
        using var folder = new TemporaryFolder();

        CommandRun run = await CommandRun.Succeeding("--data", CommandRun.Iris, "--label", "Species", "--network", CommandRun.Mlp, "--out", folder["model.zip"]);

        Assert.HasCount(50, run.Epochs);
        Assert.AreEqual("", run.Error);
    }

    [TestMethod]
    public async Task PredictionsWithoutAFileGoToTheOutputAndNeedNoLabel()
    {
        using var folder = new TemporaryFolder();
        await TrainIris(folder["iris.zip"]);
        // Other columns, another order, no label.
        string data = folder.Write("new.csv", "Id;PetalWidth;PetalLength;SepalWidth;SepalLength;Note", "1;0.2;1.4;3.5;5.1;\"a; \"\"b\"\"\"", "2;2.5;6.0;3.3;6.3;");

        CommandRun run = await CommandRun.Succeeding("predict", "--model", folder["iris.zip"], "--data", data, "--separator", ";");

        string[] lines = run.Output.Split(Environment.NewLine);
        Assert.AreEqual("Id;PetalWidth;PetalLength;SepalWidth;SepalLength;Note;PredictedLabel;Score.setosa;Score.versicolor;Score.virginica", lines[0]);
        StringAssert.StartsWith(lines[1], "1;0.2;1.4;3.5;5.1;\"a; \"\"b\"\"\";setosa;0.9");
        StringAssert.StartsWith(lines[2], "2;2.5;6.0;3.3;6.3;;virginica;");
        Assert.HasCount(4, lines);
    }

    [TestMethod]
    public async Task TrainingGoesOnFromAModel()
    {
        using var folder = new TemporaryFolder();
        await TrainIris(folder["old.zip"]);

        CommandRun run = await CommandRun.Succeeding(
            "--data", CommandRun.Iris, "--label", "Species", "--initial-model", folder["old.zip"], "--out", folder["new.zip"], "--epochs", "5", "--batch-size", "8");

        CollectionAssert.AreEqual(new[] { 21, 22, 23, 24, 25 }, run.Epochs);
        StringAssert.Contains(run.Output, "epoch 25/25");
        StringAssert.Contains(run.Output, "25 epochs in all");
        using var older = TabularModel.Load(new MLContext(), folder["old.zip"]);
        using var newer = TabularModel.Load(new MLContext(), folder["new.zip"]);
        Assert.HasCount(20, older.Network.History.Epochs);
        Assert.HasCount(25, newer.Network.History.Epochs);
        Assert.IsLessThan(older.Network.History["loss"][0] / 2, newer.Network.History["loss"][20], "it began where the other had ended");
        Assert.AreEqual(older.Network.Network, newer.Network.Network);
        CollectionAssert.AreNotEqual(older.Network.Model.GetWeight("dense/kernel"), newer.Network.Model.GetWeight("dense/kernel"));
    }

    [TestMethod]
    public async Task TheInitialModelMayBeReplaced()
    {
        using var folder = new TemporaryFolder();
        await TrainIris(folder["iris.zip"]);

        await CommandRun.Succeeding("--data", CommandRun.Iris, "--label", "Species", "--initial-model", folder["iris.zip"], "--out", folder["iris.zip"], "--epochs", "1");

        using var model = TabularModel.Load(new MLContext(), folder["iris.zip"]);
        Assert.HasCount(21, model.Network.History.Epochs);
    }

    [TestMethod]
    public async Task TwoClassesAreBinary()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("two.csv", (await File.ReadAllLinesAsync(CommandRun.Iris)).Where(line => !line.Contains("setosa", StringComparison.Ordinal)));

        CommandRun train = await Train(folder["two.zip"], data, "Species", "--test-fraction", "0.3");
        CommandRun predict = await Predict(folder["two.zip"], data);

        StringAssert.Contains(train.Output, "versicolor, virginica (the positive class) → binary");
        Assert.IsGreaterThan(0.9, train.Metric("AUC"));
        Assert.AreEqual(0.5, train.Baseline("AUC"));
        string[] lines = predict.Output.Split(Environment.NewLine);
        StringAssert.EndsWith(lines[0], ",PredictedLabel,Probability.virginica");
        Assert.IsTrue(lines[1..^1].All(line => line.Split(',') is [.., string label, string probability] && label == (Number(probability) > 0.5 ? "virginica" : "versicolor")));
    }

    [TestMethod]
    public async Task NumbersAreARegressionInTheirOwnUnits()
    {
        using var folder = new TemporaryFolder();
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 20},{i / 20},{50000 + (1000 * (i % 20)) - (2500.5 * (i / 20))}"))];
        string data = folder.Write("prices.csv", ["Rooms,Floor,Price", .. rows]);

        CommandRun train = await Train(folder["prices.zip"], data, "Price");
        CommandRun predict = await Predict(folder["prices.zip"], data);

        StringAssert.Contains(train.Output, "→ regression");
        Assert.IsLessThan(train.Baseline("RMSE") / 5, train.Metric("RMSE"));
        Assert.IsGreaterThan(0.95, train.Metric("R²"));
        double[] errors = [.. predict.Output.Split(Environment.NewLine)[1..^1].Select(line => line.Split(',')).Select(fields => Number(fields[2]) - Number(fields[3]))];
        Assert.IsLessThan(2000, errors.Average(Math.Abs));

        CommandRun more = await CommandRun.Succeeding("--data", data, "--label", "Price", "--initial-model", folder["prices.zip"], "--out", folder["more.zip"], "--epochs", "2");
        Assert.IsGreaterThan(0.95, more.Metric("R²"));
    }

    [TestMethod]
    public async Task ALabelMayBeCalledScore()
    {
        using var folder = new TemporaryFolder();
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},{i * 0.5f}"))];

        CommandRun run = await Train(folder["score.zip"], folder.Write("score.csv", ["Label,Score", .. rows]), "Score", "--task", "regression");

        // The column that the model adds has the same name; compared with itself it would be perfect.
        Assert.IsGreaterThan(0, run.Metric("RMSE"));
    }

    [TestMethod]
    public async Task TextsAreOneHotPerColumnAndMissingNumbersAreReplaced()
    {
        using var folder = new TemporaryFolder();
        string[] rows = [.. Enumerable.Range(0, 60).Select(i => $"{(i % 7 == 0 ? "" : i % 3)}\t{(i % 2 == 0 ? "red" : "blue")}\t{"SML"[i % 3]}\t{i}-{i}\t{(i % 2 == 0 ? "yes" : "no")}")];

        CommandRun train = await Train(folder["texts.zip"], folder.Write("texts.tsv", rows), "col4", "--separator", "tab", "--no-header");

        StringAssert.Contains(train.Output, "Number: col0");
        StringAssert.Contains(train.Output, "Text:   col1, col2");
        StringAssert.Contains(train.Output, "Unused: 'col3' (text that nearly always differs)");
        // One number, two colours, three sizes: each column has slots for its own values only.
        StringAssert.Contains(train.Output, "(batch, 6)");
        Assert.AreEqual(1, train.Metric("accuracy"));

        // A colour that was not there before, and no size.
        CommandRun predict = await CommandRun.Succeeding(
            "predict", "--model", folder["texts.zip"], "--data", folder.Write("new.tsv", "1\tgreen\t\tx\tno"), "--separator", "tab", "--no-header");
        Assert.HasCount(7, predict.Output.TrimEnd().Split('\t'));
    }

    [TestMethod]
    public async Task ValidationIsMeasuredInEveryEpoch()
    {
        using var folder = new TemporaryFolder();

        CommandRun run = await TrainIris(folder["iris.zip"], "--validation-fraction", "0.2", "--test-fraction", "0");

        Assert.AreEqual(20, run.Output.Split("val_loss").Length - 1);
        Assert.DoesNotContain("held out", run.Output);
    }

    [TestMethod]
    public async Task RowsWithoutLabelAreLeftOut()
    {
        using var folder = new TemporaryFolder();
        string[] lines = [.. (await File.ReadAllLinesAsync(CommandRun.Iris)).Select((line, i) => i % 10 == 1 ? line[..(line.LastIndexOf(',') + 1)] : line)];

        CommandRun run = await Train(folder["holes.zip"], folder.Write("holes.csv", lines), "Species", "--test-fraction", "0");

        StringAssert.Contains(run.Output, "150 rows, 15 of them without label");
        StringAssert.Contains(run.Error, "Skipped 15 of 150 rows");
    }

    [TestMethod]
    public async Task ATestPartThatCannotBeMeasuredIsAWarning()
    {
        using var folder = new TemporaryFolder();

        CommandRun run = await Train(folder["tiny.zip"], folder.Write("tiny.csv", "a,b", "1,x", "2,y"), "b", "--test-fraction", "0.01");

        StringAssert.Contains(run.Error, "warning: not tested. There are no rows");
        CollectionAssert.Contains(folder.FileNames, "tiny.zip");
    }

    [TestMethod]
    public async Task TheSampleNetworksTrain()
    {
        foreach (string network in Directory.GetFiles(Path.GetDirectoryName(CommandRun.Mlp)!))
        {
            using var folder = new TemporaryFolder();
            await CommandRun.Succeeding("--data", CommandRun.Iris, "--label", "Species", "--network", network, "--out", folder["m.zip"], "--epochs", "2");
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static Task<CommandRun> Predict(string model, string data) => CommandRun.Succeeding("predict", "--model", model, "--data", data);

    private static Task<CommandRun> TrainIris(string model, params string[] more) => Train(model, CommandRun.Iris, "Species", more);

    private static Task<CommandRun> Train(string model, string data, string label, params string[] more) => CommandRun.Succeeding(
        [.. more.Where(argument => argument == "train"), "--data", data, "--label", label, "--network", CommandRun.Mlp, "--out", model, .. s_quick, .. more.Where(argument => argument != "train")]);
}
