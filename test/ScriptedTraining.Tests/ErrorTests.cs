using System.Diagnostics;
using Microsoft.ML;

namespace ScriptedTraining.Tests;

/// <summary>What goes wrong is one line that says what, exit code 1 (2 for wrong usage), and no file.</summary>
[TestClass]
public sealed class ErrorTests
{
    private static readonly TemporaryFolder s_folder = new();

    private static string Model => s_folder["iris.zip"];

    [ClassInitialize]
    public static async Task Train(TestContext context) => await CommandRun.Succeeding(
        "--data", CommandRun.Iris, "--label", "Species", "--network", CommandRun.Mlp, "--out", Model, "--epochs", "1");

    [ClassCleanup]
    public static void Clean() => s_folder.Dispose();

    [TestMethod]
    [DataRow("", "is empty")]
    [DataRow("a,b\n", "has no rows below its header")]
    [DataRow("a,c\n1,x\n2,y\n", "The label column 'b' is not in", "which has: 'a', 'c'.")]
    [DataRow("a;b\n1;x\n2;y\n", "which has: 'a;b'", "is the separator right")]
    [DataRow("a,b\n1,x\n2,x\n", "the same value in every row ('x')")]
    [DataRow("a,b\n1,\n2,?\n", "is empty in all 2 rows")]
    [DataRow("b\nx\ny\n", "no column to learn from")]
    [DataRow("a,a,b\n1,2,x\n", "two columns named 'a'")]
    [DataRow("a,b\n1,2,x\n1,2\n", "the number of fields differs")]
    [DataRow("a,b\n1,\"x\n2,y\n", "A quoted field opened on line 1 was never closed")]
    public async Task UnusableData(string text, params string[] expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["data.csv"], text);

        await Fails(expected, "--data", folder["data.csv"], "--label", "b", "--network", CommandRun.Mlp, "--out", folder["out.zip"]);

        CollectionAssert.AreEqual(new[] { "data.csv" }, folder.FileNames);
    }

    [TestMethod]
    public async Task ARowThatIsCutOffHasMissingValues()
    {
        using var folder = new TemporaryFolder();
        string whole = await File.ReadAllTextAsync(CommandRun.Iris);
        await File.WriteAllTextAsync(folder["cut.csv"], whole[..^15]);

        CommandRun run = await CommandRun.Succeeding("--data", folder["cut.csv"], "--label", "Species", "--network", CommandRun.Mlp, "--out", folder["out.zip"], "--epochs", "1");
        CommandRun predicted = await CommandRun.Succeeding("predict", "--model", folder["out.zip"], "--data", folder["cut.csv"]);

        StringAssert.Contains(run.Output, "150 rows, 1 of them without label");
        Assert.HasCount(151, predicted.Output.TrimEnd().Split('\n'));
    }

    [TestMethod]
    public async Task ADamagedModelIsOneLine()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = await File.ReadAllBytesAsync(Model);
        int failures = 0;
        for (int i = 0; i < 60; i++)
        {
            byte[] damaged = i % 2 == 0 ? whole[..(whole.Length * i / 60)] : [.. whole];
            for (int place = i * 131 % whole.Length; i % 2 == 1 && place < whole.Length; place += whole.Length / 3)
            {
                damaged[place] ^= (byte)(1 << (i % 8));
            }

            await File.WriteAllBytesAsync(folder["damaged.zip"], damaged);
            CommandRun run = await CommandRun.Of("evaluate", "--model", folder["damaged.zip"], "--data", CommandRun.Iris);
            if (run.ExitCode != 0)
            {
                failures++;
                Assert.AreEqual(1, run.ExitCode);
                string[] lines = [.. run.Error.TrimEnd().Split('\n').Where(line => !line.StartsWith("warning:", StringComparison.Ordinal))];
                Assert.HasCount(1, lines, run.Error);
                StringAssert.StartsWith(lines[0], "error: ");
            }
        }

        Assert.IsGreaterThan(40, failures);
    }

    [TestMethod]
    public async Task ALabelOfTextWithoutClasses()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("data.csv", ["a,b", .. Enumerable.Range(0, 50).Select(i => $"{i},text {i}")]);

        await Fails(["text with 50 different values in 50 rows"], "--data", data, "--label", "b", "--network", CommandRun.Mlp, "--out", folder["out.zip"]);
    }

    [TestMethod]
    [DataRow("hello", "is not valid JSON")]
    [DataRow("""{ "layers": [ { "type": "Dens" } ] }""", "layers[0]", "no layer named 'Dens'. Known: Activation, ")]
    [DataRow("""{ "layers": [ { "type": "Dense", "units": 0 } ] }""", "layers[0]", "units")]
    [DataRow("""{ "layers": [ { "type": "Conv1D", "filters": 4, "kernelSize": 3 } ] }""", "Conv1D 'conv1d' expects", "was given [4]")]
    public async Task UnusableNetwork(string json, params string[] expected)
    {
        using var folder = new TemporaryFolder();

        await Fails(expected, "--data", CommandRun.Iris, "--label", "Species", "--network", folder.Write("network.json", json), "--out", folder["out.zip"]);

        CollectionAssert.AreEqual(new[] { "network.json" }, folder.FileNames);
    }

    [TestMethod]
    [DataRow("The file 'nowhere.csv' does not exist.", "--data nowhere.csv --label Species --network MLP --out OUT")]
    [DataRow("The network definition 'nowhere.json' does not exist.", "--data IRIS --label Species --network nowhere.json --out OUT")]
    [DataRow("of the output file does not exist.", "--data IRIS --label Species --network MLP --out OUT/model.zip")]
    [DataRow("The model 'nowhere.zip' does not exist.", "--data IRIS --label Species --initial-model nowhere.zip --out OUT")]
    [DataRow("not a model that ML.NET can load", "--data IRIS --label Species --initial-model IRIS --out OUT")]
    [DataRow("predicts 'Species', not 'PetalWidth'.", "--data IRIS --label PetalWidth --initial-model MODEL --out OUT")]
    [DataRow("is for multiclass, not regression.", "--data IRIS --label Species --initial-model MODEL --out OUT --task regression")]
    [DataRow("The weights do not fit the network", "--data IRIS --label Species --initial-model MODEL --network OTHER --out OUT")]
    [DataRow("has 3 values, but binary classification needs two", "--data IRIS --label Species --network MLP --out OUT --task binary")]
    [DataRow("is not numeric, which regression needs: it has the value 'setosa'", "--data IRIS --label Species --network MLP --out OUT --task regression")]
    [DataRow("The ignored column 'Nose' is not in", "--data IRIS --label Species --network MLP --out OUT --ignore Nose")]
    [DataRow("Training diverged", "--data IRIS --label Species --network MLP --out OUT --learning-rate 1e30")]
    [DataRow("does not exist", "predict --model nowhere.zip --data IRIS --out OUT")]
    [DataRow("does not exist", "predict --model MODEL --data nowhere.csv --out OUT")]
    [DataRow("not a model that ML.NET can load", "predict --model IRIS --data IRIS --out OUT")]
    [DataRow("lacks a column that the model reads: 'PetalLength'. It has: 'SepalLength', 'SepalWidth', 'PetalWidth'", "predict --model MODEL --data SHORT --out OUT")]
    [DataRow("lacks columns that the model reads: 'PetalLength', 'Species'.", "evaluate --model MODEL --data SHORT")]
    [DataRow("of the output file does not exist.", "predict --model MODEL --data IRIS --out OUT/p.csv")]
    public async Task OneLineSaysWhat(string expected, string arguments)
    {
        using var folder = new TemporaryFolder();
        var paths = new Dictionary<string, string>
        {
            ["IRIS"] = CommandRun.Iris,
            ["MLP"] = CommandRun.Mlp,
            ["OTHER"] = Path.Combine(Path.GetDirectoryName(CommandRun.Mlp)!, "regularized-mlp.json"),
            ["MODEL"] = Model,
            ["SHORT"] = folder.Write("short.csv", "SepalLength,SepalWidth,PetalWidth", "5.1,3.5,0.2"),
            ["OUT"] = folder["out"],
            ["OUT/model.zip"] = Path.Combine(folder["out"], "model.zip"),
            ["OUT/p.csv"] = Path.Combine(folder["out"], "p.csv"),
        };

        await Fails([expected], [.. arguments.Split(' ').Select(argument => paths.GetValueOrDefault(argument, argument))]);

        CollectionAssert.AreEqual(new[] { "short.csv" }, folder.FileNames);
    }

    [TestMethod]
    public async Task AnOldFileStaysWhenTrainingFails()
    {
        using var folder = new TemporaryFolder();
        string old = folder.Write("model.zip", "precious");

        await Fails(["diverged"], "--data", CommandRun.Iris, "--label", "Species", "--network", CommandRun.Mlp, "--out", old, "--learning-rate", "1e30");

        Assert.AreEqual("precious", (await File.ReadAllTextAsync(old)).Trim());
        Assert.HasCount(1, folder.FileNames);
    }

    [TestMethod]
    public async Task AModelOfAnotherProgramIsNotOurs()
    {
        using var folder = new TemporaryFolder();
        var mlContext = new MLContext();
        IDataView data = mlContext.Data.LoadFromEnumerable(new[] { new Row { SepalLength = 1 } });
        mlContext.Model.Save(mlContext.Transforms.NormalizeMinMax("SepalLength").Fit(data), data.Schema, folder["other.zip"]);

        await Fails(["none that this program trained"], "predict", "--model", folder["other.zip"], "--data", CommandRun.Iris);
    }

    [TestMethod]
    public async Task UnknownClassesAreNamed()
    {
        using var folder = new TemporaryFolder();
        string data = folder.Write("roses.csv", (await File.ReadAllLinesAsync(CommandRun.Iris)).Select(line => line.Replace("setosa", "rosa", StringComparison.Ordinal)));
        string roses = folder.Write("only-roses.csv", (await File.ReadAllLinesAsync(data)).Where((line, i) => i == 0 || line.Contains("rosa", StringComparison.Ordinal)));

        await Fails(["does not know: rosa. It knows: setosa, versicolor, virginica."], "--data", data, "--label", "Species", "--initial-model", Model, "--out", folder["out.zip"]);
        await Fails(["a label that the model knows (setosa, versicolor, virginica). Column 'Species' has: rosa."], "evaluate", "--model", Model, "--data", roses);
    }

    [TestMethod]
    [DataRow("Option '--data' is required.|Option '--label' is required.|Option '--network' is required.|Option '--out' is required.", "")]
    [DataRow("Option '--network' is required.", "train --data x --label y --out z")]
    [DataRow("Option '--model' is required.|Option '--data' is required.", "predict")]
    [DataRow("Unrecognized command or argument '--bogus'.", "evaluate --model x --data y --bogus")]
    [DataRow("Option '--epochs' must be a whole number of at least 1, not '0'.", "--data x --label y --network n --out z --epochs 0")]
    [DataRow("Option '--batch-size' must be a whole number of at least 1, not 'many'.", "--data x --label y --network n --out z --batch-size many")]
    [DataRow("Option '--learning-rate' must be a number above 0, not '0,1'.", "--data x --label y --network n --out z --learning-rate 0,1")]
    [DataRow("Option '--validation-fraction' must be at least 0 and below 1, not '1'.", "--data x --label y --network n --out z --validation-fraction 1")]
    [DataRow("Option '--task' is auto, binary, multiclass or regression, not 'guess'.", "--data x --label y --network n --out z --task guess")]
    [DataRow("The separator is one character, or tab, not '::'.", "predict --model x --data y --separator ::")]
    [DataRow("leave '--ignore' out", "--data x --label y --initial-model n --out z --ignore a")]
    public async Task WrongUsageIsExitCode2(string expected, string arguments)
    {
        CommandRun run = await CommandRun.Of(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual("", run.Output);
        foreach (string part in expected.Split('|'))
        {
            StringAssert.Contains(run.Error, part);
        }

        StringAssert.EndsWith(run.Error.TrimEnd(), "See --help.");
    }

    [TestMethod]
    public async Task TheProcessReportsAsItShould()
    {
        string program = typeof(CommandLine).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, "--data", CommandRun.Iris, "--label", "species", "--network", CommandRun.Mlp, "--out", "out.zip"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using var process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.AreEqual(1, process.ExitCode);
        Assert.AreEqual("", output);
        Assert.AreEqual($"error: The label column 'species' is not in '{CommandRun.Iris}', which has: 'SepalLength', 'SepalWidth', 'PetalLength', 'PetalWidth', 'Species'.", error.TrimEnd());
    }

    private static async Task Fails(string[] expected, params string[] arguments)
    {
        CommandRun run = await CommandRun.Of(arguments);

        Assert.AreEqual(1, run.ExitCode, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        Assert.HasCount(1, run.Error.TrimEnd().Split('\n'), run.Error);
        StringAssert.StartsWith(run.Error, "error: ");
        foreach (string part in expected)
        {
            StringAssert.Contains(run.Error, part);
        }
    }

    private sealed class Row
    {
        public float SepalLength { get; set; }
    }
}
