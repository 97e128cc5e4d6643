using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML.DeepLayers.Reporting;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Reporting;

/// <summary>Pages and pictures of histories.</summary>
[TestClass]
public sealed class ReportTests
{
    private const string Nasty = "<b>\"a\" & 'b'</b>\u0001";
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void A_report_of_a_training_holds_all_that_is_known_of_it()
    {
        using var folder = new TemporaryFolder();
        NeuralNetworkTransformer model = TrainerPipelines.Binary(Ml, 3).Fit(TrainerData.View(Ml, 200), TrainerData.View(Ml, 100, seed: 2));
        string path = folder["report.html"];
        model.History.SaveReport(path);
        XDocument page = XDocument.Load(path);
        string[] sections = ["results", "curves", "validation-1", "network", "options", "environment"];
        CollectionAssert.AreEqual(sections, page.Descendants("section").Select(section => section.Attribute("id")!.Value).ToArray());
        string text = page.Root!.Value;
        EvaluationSummary summary = model.History.Evaluation[0];
        foreach (EvaluatedExample example in summary.WorstExamples)
        {
            Assert.IsTrue(Rows(page, "validation-1").Any(row => row[^1] == example.Row.ToString(CultureInfo.InvariantCulture) && row[0] == example.Label && row[1] == example.Prediction));
        }

        string[] counts = [.. page.Descendants("table").Single(table => table.Attribute("class")?.Value == "matrix").Descendants("td").Select(cell => cell.Value)];
        CollectionAssert.AreEqual(summary.ConfusionMatrix.SelectMany(row => row).Select(count => count.ToString(CultureInfo.InvariantCulture)).ToArray(), counts);
        Assert.HasCount(5, Charts(page), "loss, accuracy, learning rate, calibration");
        foreach (string part in new[] { "best epoch", "dense_1", model.History.Outline!.Nodes[1].Shape, "\"batchSize\": 32", model.History.Environment!.TorchSharpVersion, "training", "validation", "Calibration", "learning rate" })
        {
            StringAssert.Contains(text, part);
        }

        CheckAlone(File.ReadAllText(path));
        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(path)!, "*.tmp"));
    }

    [TestMethod]
    public void A_diagnosis_is_shown_in_words_charts_and_a_table()
    {
        var history = new History([new EpochResult(1, new Dictionary<string, double> { ["loss"] = 1 }, 0.1, 1)]);
        var diagnosis = new Diagnosis(
            [
                new LayerDiagnosis("dense", "Dense", 0.1, 0.9) { DeadFraction = 0.75, GradientNorm = 2, UpdateRatio = 0.001 },
                new LayerDiagnosis("flatten", "Flatten", 0.2, 0.8),
            ],
            [new Finding(FindingSeverity.Warning, "dense", "75 % of the units are dead.", "Lower the learning rate & wait.")],
            [3, 2, 1]);
        XDocument page = XDocument.Parse(ReportPage.Write(history, "Report", diagnosis));
        XElement section = page.Descendants("section").Single(section => section.Attribute("id")!.Value == "diagnosis");
        Assert.AreEqual("Warning: dense: 75 % of the units are dead. Lower the learning rate & wait.", section.Descendants("li").Single().Value);
        Assert.HasCount(5, section.Descendants("svg"), "gradient, update, deviation, dead units, loss; nothing saturates");
        CollectionAssert.AreEqual(
            new[] { "1", "dense", "Dense", "0.1", "0.9", "75.0 %", "", "2", "0.001" },
            section.Descendants("tr").ElementAt(1).Elements("td").Select(cell => cell.Value).ToArray());
        Assert.IsEmpty(XDocument.Parse(ReportPage.Write(history, "Report")).Descendants("section").Where(other => other.Attribute("id")!.Value == "diagnosis"));
    }

    [TestMethod]
    public void Regression_has_residuals()
    {
        NeuralNetworkTransformer model = TrainerPipelines.Regression(Ml, 2).Fit(TrainerData.View(Ml, 100), TrainerData.View(Ml, 5000, seed: 2));
        string report = ReportPage.Write(model.History, "Report");
        XDocument page = XDocument.Parse(report);
        Assert.HasCount(6, Charts(page), "loss, mae, learning rate, two of residuals, the diagram");
        Assert.AreEqual(2, page.Descendants("path").Count(path => path.Attribute("class")!.Value == "dots training small" && path.Attribute("d")!.Value.Split('M').Length == 2001));
        Assert.IsLessThan(200_000, report.Length);
        StringAssert.Contains(page.Root!.Value, "R²");
    }

    [TestMethod]
    public void Text_of_anybody_s_is_only_text()
    {
        var history = new History([new EpochResult(1, new Dictionary<string, double> { [Nasty] = 1 }, 0.1, 1)])
        {
            Evaluation = [Summary(2, Nasty, Nasty)],
            Outline = new NetworkOutline([new OutlineNode(Nasty, "Dense", "(1)", 1, 0, [], null)], [new OutlineOutput(Nasty, 0)]),
            OptionsJson = Nasty,
            Environment = new TrainingEnvironment { OperatingSystem = Nasty },
        };
        XDocument page = XDocument.Parse(ReportPage.Write(history, Nasty));
        Assert.IsEmpty(page.Descendants("b").Where(element => element.Value.Contains('a', StringComparison.Ordinal) && element.Value.Contains("& 'b'", StringComparison.Ordinal)));
        Assert.AreEqual("<b>\"a\" & 'b'</b>\uFFFD", page.Descendants("title").First().Value);
        Assert.AreEqual("<b>\"a\" & 'b'</b>\uFFFD", page.Descendants("pre").Single().Value);
    }

    [TestMethod]
    public void A_history_of_nothing_is_a_page_too()
    {
        XDocument page = XDocument.Parse(ReportPage.Write(new History([]), "Report"));
        StringAssert.Contains(page.Root!.Value, "0 epochs");
        Assert.IsNotEmpty(CurvePicture.Draw(new History([]), 100, 100));
    }

    [TestMethod]
    public void Values_that_are_no_numbers_interrupt_the_curve()
    {
        double[] losses = [1, double.NaN, 0.5, double.PositiveInfinity, 0.25];
        var history = new History([.. losses.Select((loss, i) => new EpochResult(i + 1, new Dictionary<string, double> { ["loss"] = loss, ["nothing"] = double.NaN }, 0.1, 1))]);
        XDocument page = XDocument.Parse(ReportPage.Write(history, "Report"));
        string curve = page.Descendants("path").First(path => path.Attribute("class")!.Value == "line training").Attribute("d")!.Value;
        // The first is the legend's; the chart's own has three beginnings.
        string[] curves = [.. page.Descendants("path").Where(path => path.Attribute("class")!.Value == "line training").Select(path => path.Attribute("d")!.Value)];
        Assert.IsTrue(curves.Any(path => path.Count(character => character == 'M') == 3 && !path.Contains('L', StringComparison.Ordinal)), curve);
        StringAssert.Contains(page.Root!.Value, "no finite values");
        Assert.IsFalse(curves.Any(path => path.Contains("NaN", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Many_classes_and_many_epochs_stay_small()
    {
        var random = new Random(1);
        var history = new History([.. Enumerable.Range(1, 20_000).Select(i => new EpochResult(i, new Dictionary<string, double> { ["loss"] = random.NextDouble() }, 0.1, 1))])
        {
            Evaluation = [Summary(256, "class")],
        };
        string report = ReportPage.Write(history, "Report");
        XDocument page = XDocument.Parse(report);
        Assert.IsLessThan(1_500_000, report.Length);
        StringAssert.Contains(page.Root!.Value, "The classes that are confused most");
    }

    [TestMethod]
    [DataRow("en-US")]
    [DataRow("de-DE")]
    [DataRow("ar-SA")]
    public void A_report_is_the_same_in_every_country(string culture)
    {
        History history = new([new EpochResult(1, new Dictionary<string, double> { ["loss"] = 1234.5, ["val_loss"] = 0.25 }, 0.001, 1.5)]) { Evaluation = [Summary(30, "class")] };
        Assert.AreEqual(Culture.Run("", () => ReportPage.Write(history, "Report")), Culture.Run(culture, () => ReportPage.Write(history, "Report")));
    }

    [TestMethod]
    public void Curves_are_a_picture_of_the_wanted_size()
    {
        using var folder = new TemporaryFolder();
        string path = folder["curves.png"];
        var history = new History([.. Enumerable.Range(1, 10).Select(i => new EpochResult(i, new Dictionary<string, double> { ["loss"] = 1.0 / i, ["val_loss"] = 1.1 / i }, 0.1, 1))], 7);
        history.SaveCurves(path, 640, 320);
        using SKBitmap picture = SKBitmap.Decode(path);
        Assert.AreEqual((640, 320), (picture.Width, picture.Height));
        // Both curves and the mark are there in their colours.
        foreach (string color in new[] { "#ff1f6fb4", "#ffd9620f" })
        {
            Assert.IsGreaterThan(20, picture.Pixels.Count(pixel => pixel == SKColor.Parse(color)), color);
        }
    }

    [TestMethod]
    public void What_cannot_be_written_is_said()
    {
        var history = new History([]);
        Assert.Throws<ArgumentException>(() => history.SaveReport(""));
        Assert.AreEqual("width", Assert.Throws<ArgumentOutOfRangeException>(() => history.SaveCurves("x.png", 99)).ParamName);
        Assert.AreEqual("height", Assert.Throws<ArgumentOutOfRangeException>(() => history.SaveCurves("x.png", 100, 10_001)).ParamName);
        using var folder = new TemporaryFolder();
        string nowhere = Path.Combine(folder["missing"], "report.html");
        StringAssert.Contains(Assert.Throws<IOException>(() => history.SaveReport(nowhere)).Message, nowhere);
    }

    [TestMethod]
    [DataRow(0.0, 1.0, "0, 0.2, 0.4, 0.6, 0.8, 1")]
    [DataRow(-3.0, 12.0, "-2, 0, 2, 4, 6, 8, 10, 12")]
    [DataRow(5.0, 5.0, "4.6, 4.8, 5, 5.2, 5.4")]
    [DataRow(0.001, 10.0, "0.001, 0.01, 0.1, 1, 10")]
    [DataRow(double.NaN, double.NaN, "0, 0.2, 0.4, 0.6, 0.8, 1")]
    public void Axes_have_round_numbers(double low, double high, string expected) =>
        Assert.AreEqual(expected, string.Join(", ", Axis.Over([low, high], mayBeLogarithmic: true).Ticks.Select(Axis.Label)));

    [TestMethod]
    [DataRow(1, 1, "1")]
    [DataRow(1, 5, "1, 2, 3, 4, 5")]
    [DataRow(1, 100, "10, 20, 30, 40, 50, 60, 70, 80, 90, 100")]
    public void Epochs_are_whole(int first, int last, string expected) =>
        Assert.AreEqual(expected, string.Join(", ", Axis.Epochs(first, last).Ticks.Select(Axis.Label)));

    /// <summary>A page needs nothing from anywhere.</summary>
    private static void CheckAlone(string report)
    {
        foreach (string reference in new[] { "src=", "href=", "http:", "https:", "url(", "@import", "<script", "<link", "<iframe" })
        {
            Assert.IsFalse(report.Contains(reference, StringComparison.OrdinalIgnoreCase), reference);
        }

        string[] ids = [.. XDocument.Parse(report).Descendants().Attributes("id").Select(id => id.Value)];
        Assert.HasCount(ids.Length, ids.Distinct().ToArray());
    }

    private static XElement[] Charts(XDocument page) => [.. page.Descendants("svg")];

    private static string[][] Rows(XDocument page, string section) =>
    [
        .. page.Descendants("section").Single(element => element.Attribute("id")!.Value == section).Descendants("tr")
            .Select(row => row.Elements("td").Select(cell => cell.Value).ToArray()).Where(row => row.Length > 3),
    ];

    private static EvaluationSummary Summary(int classes, string name, string? output = null) => new()
    {
        OutputName = output,
        Task = classes == 2 ? PredictionTask.BinaryClassification : PredictionTask.MulticlassClassification,
        Examples = 1000,
        Loss = 0.5,
        Accuracy = 0.5,
        ClassNames = [.. Enumerable.Range(0, classes).Select(i => $"{name} {i}")],
        ConfusionMatrix = [.. Enumerable.Range(0, classes).Select(row => Enumerable.Range(0, classes).Select(column => (long)((row * 7) + (column * 3)) % 11).ToArray())],
        Calibration = [.. Enumerable.Range(0, 10).Select(i => new CalibrationBin(i, (i + 0.5) / 10, i / 10.0))],
        WorstExamples = [new EvaluatedExample(5, $"{name} 0", $"{name} 1", 0.9, 2.3)],
    };
}
