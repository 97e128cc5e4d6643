using System.Globalization;
using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>A history as one page that needs nothing else. It is well-formed XML, too.</summary>
internal static class ReportPage
{
    /// <summary>Elements that may be empty; of others, browsers would read an end that is not there.</summary>
    private static readonly HashSet<string> Empty = ["meta", "path", "rect"];

    private static readonly Lazy<string> Style = new(() =>
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream("Report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    internal static string Write(History history, string title, Diagnosis? diagnosis = null)
    {
        XElement page = Element(
            "html", new XAttribute("lang", "en"),
            Element(
                "head", Element("meta", new XAttribute("charset", "utf-8")),
                Element("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                Element("title", title), Element("style", Style.Value)),
            Element(
                "body", Element("h1", title), Element("p", Subtitle(history)), Results(history), Curves(history),
                history.Evaluation.Select(EvaluationSection.Create), diagnosis is null ? null : DiagnosisSection.Create(diagnosis), NetworkSection.Create(history), Settings(history), Surroundings(history)));
        foreach (XElement element in page.DescendantsAndSelf().Where(element => element.IsEmpty && !Empty.Contains(element.Name.LocalName)))
        {
            element.Value = "";
        }

        return $"<!DOCTYPE html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    private static string Subtitle(History history)
    {
        string epochs = history.Epochs.Count == 1 ? "1 epoch" : $"{Count(history.Epochs.Count)} epochs";
        string date = history.Environment is { } environment ? $", {environment.Started.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC" : "";
        return $"{epochs}{date}{(history.WasCancelled ? ", cancelled" : "")}";
    }

    /// <summary>The metrics at the epoch whose weights the model has.</summary>
    private static XElement? Results(History history)
    {
        EpochResult? epoch = history.Epochs.FirstOrDefault(epoch => epoch.Epoch == history.BestEpoch) ?? (history.Epochs.Count > 0 ? history.Epochs[^1] : null);
        return epoch is null ? null : Element(
            "section", new XAttribute("id", "results"), Element("h2", $"Results of epoch {epoch.Epoch}"),
            Element("p", history.BestEpoch is null ? "The last epoch, whose weights the model has." : "The epoch whose weights the model has."),
            Cards(epoch.Metrics.Select(metric => (metric.Key, Number(metric.Value)))));
    }

    private static XElement? Curves(History history) => history.Epochs.Count == 0 ? null : Element(
        "section", new XAttribute("id", "curves"), Element("h2", "Curves"),
        Element("div", Class("charts"), CurveCharts.Create(history).Select(SvgCanvas.Draw)),
        Folded("All epochs", EpochTable(history)));

    private static XElement EpochTable(History history)
    {
        const int MaxRows = 1000;
        string[] names = [.. history.Epochs.SelectMany(epoch => epoch.Metrics.Keys).Distinct()];
        return Table(
            ["Epoch", .. names, "Learning rate", "Seconds"],
            history.Epochs.TakeLast(MaxRows).Select(epoch => (string[])
            [
                epoch.Epoch.ToString(CultureInfo.InvariantCulture),
                .. names.Select(name => epoch.Metrics.TryGetValue(name, out double value) ? Number(value) : ""),
                Number(epoch.LearningRate), epoch.Seconds.ToString("0.00", CultureInfo.InvariantCulture),
            ]),
            firstNumber: 0);
    }

    private static XElement? Settings(History history) => history.OptionsJson is { } json
        ? Element("section", new XAttribute("id", "options"), Element("h2", "Options"), Element("pre", json))
        : null;

    private static XElement? Surroundings(History history) => history.Environment is { } environment
        ? Element("section", new XAttribute("id", "environment"), Element("h2", "Environment"), Facts(
        [
            ("Microsoft.ML.DeepLayers", environment.LibraryVersion),
            ("TorchSharp", environment.TorchSharpVersion),
            (".NET", environment.Framework),
            ("Device", environment.Device),
            ("Operating system", environment.OperatingSystem),
            ("Processors", Count(environment.Processors)),
            ("Seed", environment.Seed.ToString(CultureInfo.InvariantCulture)),
            ("Started", environment.Started.ToString("u", CultureInfo.InvariantCulture)),
            ("Duration", $"{environment.Seconds.ToString("0.0", CultureInfo.InvariantCulture)} s"),
        ]))
        : null;
}
