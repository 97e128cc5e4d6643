using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers;

/// <summary>What <see cref="NeuralNetworkTrainer.Diagnose"/> has seen in a few batches of training, and what it thinks of it.</summary>
public sealed class Diagnosis
{
    internal Diagnosis(IReadOnlyList<LayerDiagnosis> layers, IReadOnlyList<Finding> findings, IReadOnlyList<double> losses) =>
        (Layers, Findings, Losses) = (layers, findings, losses);

    /// <summary>What was measured of each layer, in the order of the network.</summary>
    public IReadOnlyList<LayerDiagnosis> Layers { get; }

    /// <summary>What seems to be wrong, what matters most first; empty for a healthy network.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>The loss of each batch, in order.</summary>
    public IReadOnlyList<double> Losses { get; }

    /// <summary>Whether nothing seems to be wrong.</summary>
    public bool IsHealthy => Findings.Count == 0;

    /// <summary>A table of the layers, and the findings below it.</summary>
    public override string ToString()
    {
        List<string[]> rows = [["Layer (type)", "mean", "std", "dead", "saturated", "gradient", "update/weight"]];
        rows.AddRange(Layers.Select(layer => new[]
        {
            $"{layer.Name} ({layer.Type})", Number(layer.Mean), Number(layer.StandardDeviation), Percent(layer.DeadFraction), Percent(layer.SaturatedFraction),
            Number(layer.GradientNorm), Number(layer.UpdateRatio),
        }));
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        for (int i = 0; i < rows.Count; i++)
        {
            text.AppendJoin("  ", rows[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).Append('\n');
            if (i == 0)
            {
                text.Append('─', widths.Sum() + (2 * (widths.Length - 1))).Append('\n');
            }
        }

        if (Losses.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Loss: {Number(Losses[0])} in the first batch, {Number(Losses[^1])} in the last of {Losses.Count}\n");
        }

        text.Append(IsHealthy ? "Nothing seems to be wrong.\n" : "Findings:\n");
        foreach (Finding finding in Findings)
        {
            text.Append("- ").Append(finding).Append('\n');
        }

        return text.ToString();
    }

    private static string Number(double? value) => value is { } number ? number.ToString("G3", CultureInfo.InvariantCulture) : "";

    private static string Percent(double? value) => value is { } part ? part.ToString("P0", CultureInfo.InvariantCulture) : "";
}
