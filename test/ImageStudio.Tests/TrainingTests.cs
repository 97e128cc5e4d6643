using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Backbones;
using ScriptedTraining.Tests;

namespace ImageStudio.Tests;

/// <summary>The commands as a user runs them.</summary>
[TestClass]
public sealed partial class TrainingTests
{
    [TestMethod]
    public void TrainingTellsWhatItDoesAndHowGoodTheModelIs()
    {
        string output = Studio.Training.Output;

        Assert.AreEqual("", Studio.Training.Error);
        StringAssert.Contains(output, "600 of 6 classes: circle 100, cross 100, ring 100, square 100, star 100, triangle 100");
        StringAssert.Contains(output, "small, reads 32 × 32 pixels, starts from random weights");
        StringAssert.Contains(output, "epoch 10/10");
        StringAssert.Contains(output, "Test on 120 images held out");
        StringAssert.Contains(output, $"Saved {Studio.Model}, ");
        double accuracy = double.Parse(Accuracy().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.IsGreaterThan(0.85, accuracy, "it was 0.93 when this was written; chance would be 0.17");
    }

    [TestMethod]
    public async Task APublishedNetworkLearnsToo()
    {
        using var folder = new TemporaryFolder();
        await ProgramRun.Inside("render", "--theme", "scenes", "--out", folder["scenes"], "--images-per-class", "6", "--size", "32");

        ProgramRun run = await ProgramRun.Inside(
            "train", "--images", folder["scenes"], "--model", folder["scenes.zip"], "--backbone", "mobilenet-v3-small", "--width", "0.25", "--size", "32", "--epochs", "1", "--no-flip");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        StringAssert.Contains(run.Output, "mobilenet-v3-small, width 0.25, reads 32 × 32 pixels");
        CollectionAssert.AreEqual(new[] { "scenes.zip" }, folder.FileNames);
    }

    [TestMethod]
    public async Task PublishedWeightsAreLearnedOnFromInTwoPhases()
    {
        using var folder = new TemporaryFolder();
        await ProgramRun.Inside("render", "--out", folder["shapes"], "--images-per-class", "5", "--size", "32");
        string[] train = ["train", "--images", folder["shapes"], "--model", folder["model.zip"], "--width", "0.125", "--size", "32", "--epochs", "1"];

        ProgramRun run = await ProgramRun.Inside([.. train, "--weights", Publish(folder["shapes"], folder["resnet.pth"])]);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        StringAssert.Contains(run.Output, $"resnet18, width 0.125, reads 32 × 32 pixels, starts from {folder["resnet.pth"]}");
        StringAssert.Contains(run.Output, "epoch 5/5");
        StringAssert.Contains(run.Output, "epoch 6/6");
        await Fails(["resnet.pth' are not those of mobilenet-v2"], 1, [.. train, "--backbone", "mobilenet-v2", "--weights", folder["resnet.pth"]]);
    }

    [TestMethod]
    public async Task AnImageThatCannotBeReadIsNamedOrLeftOut()
    {
        using var folder = new TemporaryFolder();
        await ProgramRun.Inside("render", "--out", folder["shapes"], "--images-per-class", "5", "--size", "16");
        string bad = Path.Combine(folder["shapes"], "star", "0003.png");
        await File.WriteAllTextAsync(bad, "no image");
        string[] train = ["train", "--images", folder["shapes"], "--model", folder["model.zip"], "--size", "16", "--epochs", "1"];

        await Fails(["'" + bad + "'", "no known format", "--skip-unreadable"], 1, train);

        ProgramRun run = await ProgramRun.Inside([.. train, "--skip-unreadable"]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
        StringAssert.Contains(run.Error, bad);
    }

    [TestMethod]
    public async Task WhatCannotBeTrainedIsOneLine()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["empty"]);
        await ProgramRun.Inside("render", "--out", folder["shapes"], "--images-per-class", "2", "--size", "16");
        Directory.CreateDirectory(folder["one"]);
        Directory.Move(Path.Combine(folder["shapes"], "star"), Path.Combine(folder["one"], "star"));
        string weights = folder.Write("weights.pth", "no weights");

        await Fails(["There is no folder", "a folder of images for each class"], 1, "train", "--images", folder["missing"], "--model", folder["model.zip"]);
        await Fails(["has no images in folders"], 1, "train", "--images", folder["empty"], "--model", folder["model.zip"]);
        await Fails(["one class only, 'star'"], 1, "train", "--images", folder["one"], "--model", folder["model.zip"]);
        await Fails(["folder", "does not exist"], 1, "train", "--images", folder["shapes"], "--model", folder["missing/model.zip"]);
        await Fails(["weights.pth", "resnet18"], 1, "train", "--images", folder["shapes"], "--model", folder["model.zip"], "--weights", weights);
        await Fails(["is not empty"], 1, "render", "--out", folder["shapes"]);
        CollectionAssert.AreEqual(new[] { "weights.pth" }, folder.FileNames, "no model is left behind");
    }

    [TestMethod]
    public async Task WhatCannotBeServedIsOneLine()
    {
        using var folder = new TemporaryFolder();

        await Fails(["missing.zip' does not exist"], 1, "serve", "--model", folder["missing.zip"]);
        await Fails(["is not a model that ML.NET can load"], 1, "serve", "--model", folder.Write("text.zip", "no model"));
        await Fails([$"port {Studio.Server.Address.Port}", "--port 0"], 1, "serve", "--model", Studio.Model, "--port", $"{Studio.Server.Address.Port}");
    }

    [TestMethod]
    [DataRow("Option '--images' is required.", "train --model x.zip")]
    [DataRow("Option '--size' must be a whole number from 8 to 1024, not '4'.", "train --images x --model x.zip --size 4")]
    [DataRow("There is no backbone 'resnet19'. Known: small, resnet18, ", "train --images x --model x.zip --backbone resnet19")]
    [DataRow("no published weights for 'small'", "train --images x --model x.zip --backbone small --weights w.pth")]
    [DataRow("'--width' is for published networks", "train --images x --model x.zip --width 0.5")]
    [DataRow("Option '--port' must be a whole number from 0 to 65535, not 'any'.", "serve --model x.zip --port any")]
    [DataRow("bogus", "render --out x --bogus")]
    public async Task WrongUsageIsExitCode2(string expected, string arguments) => await Fails([expected, "See --help."], 2, arguments.Split(' '));

    [TestMethod]
    public async Task HelpHasAllOptions()
    {
        ProgramRun root = await ProgramRun.Inside("--help"), train = await ProgramRun.Inside("train", "--help"), serve = await ProgramRun.Inside("serve", "-h");

        foreach (string command in new[] { "render", "train", "serve" })
        {
            StringAssert.Contains(root.Output, $"  {command} ");
        }

        foreach (string option in new[] { "--images <folder> (REQUIRED)", "--model <model.zip> (REQUIRED)", "--backbone <name>", "--weights <file>", "[default: 20; with --weights 5]", "--skip-unreadable" })
        {
            StringAssert.Contains(train.Output, option);
        }

        StringAssert.Contains(serve.Output, "--port <n>");
    }

    /// <summary>Weights of a narrow ResNet, in a file as torchvision's are.</summary>
    private static string Publish(string images, string path)
    {
        var ml = new MLContext(seed: 1);
        var backbone = new ResNet18 { Height = 32, Width = 32, WidthMultiplier = 0.125f, IncludeTop = false, Pooling = FeaturePooling.Average };
        IDataView paths = ml.Data.LoadImageFolder(images);
        using NeuralNetworkTransformer model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.LoadPixels("Pixels", 32, 32, "ImagePath"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(backbone.ToNetwork(), featureColumnName: "Pixels", epochs: 1))
            .Fit(paths).LastTransformer;
        WeightConversion.ToPyTorch(model.Model, new() { LayerNames = { ["fc"] = "output" } }).Weights.SavePyTorch(path);
        return path;
    }

    private static async Task Fails(string[] expected, int exitCode, params string[] arguments)
    {
        ProgramRun run = await ProgramRun.Inside(arguments);

        Assert.AreEqual(exitCode, run.ExitCode, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        foreach (string part in expected)
        {
            StringAssert.Contains(run.Error, part);
        }

        string[] lines = run.Error.TrimEnd().Split('\n');
        StringAssert.StartsWith(lines[0], "error: ");
        Assert.HasCount(exitCode, lines, run.Error);
    }

    [GeneratedRegex(@"held out: accuracy ([\d.]+)")]
    private static partial Regex Accuracy();
}
