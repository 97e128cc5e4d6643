using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers;

/// <summary>What an export made of a network, and how near its scores are to those of the float32 network.</summary>
public sealed record OnnxExportReport
{
    internal OnnxExportReport()
    {
    }

    /// <summary>In which numbers the file computes.</summary>
    public required OnnxPrecision Precision { get; init; }

    /// <summary>The size of the float32 network's file in bytes.</summary>
    public required long Float32Size { get; init; }

    /// <summary>The size of the written file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What became of the operators that have weights or multiply matrices, in the order of the graph.</summary>
    public required IReadOnlyList<OnnxLayerChange> Layers { get; init; }

    /// <summary>The comparison with the float32 network, output by output; empty where no data was given.</summary>
    public required IReadOnlyList<OnnxOutputComparison> Outputs { get; init; }

    /// <summary>The report as text of several lines.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Precision}: {Size:N0} bytes, {(double)Size / Float32Size:P0} of {Float32Size:N0} in float32\n");
        foreach (OnnxLayerChange layer in Layers)
        {
            text.Append("  ").Append(layer).Append('\n');
        }

        foreach (OnnxOutputComparison output in Outputs)
        {
            text.Append(output).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }
}

/// <summary>What became of the operators of one kind in a layer.</summary>
/// <param name="Layer">The layer's name; <c>(output)</c> for what stands behind the last layer.</param>
/// <param name="Operator">The ONNX operator in the float32 network.</param>
/// <param name="Count">How many of them the layer has.</param>
/// <param name="IsChanged">Whether they compute in the precision of the export.</param>
/// <param name="Note">What they became, or why they stayed.</param>
public sealed record OnnxLayerChange(string Layer, string Operator, int Count, bool IsChanged, string Note)
{
    /// <summary>One line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Layer}: {(Count > 1 ? $"{Count} " : "")}{Operator} {(IsChanged ? "→" : "stays float32:")} {Note}");
}

/// <summary>How the scores of an exported network differ from those of the float32 network over the same rows.</summary>
/// <param name="Name">The output's column, e.g. <c>Score</c>.</param>
/// <param name="Task">What it predicts. A binary classifier's scores are logits, those of several classes are probabilities.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="MaxDifference">The largest absolute difference of two scores.</param>
/// <param name="MeanDifference">The mean absolute difference of two scores.</param>
/// <param name="SameClass">The part of the rows for which both predict the same class, from 0 to 1; <see langword="null"/> for regression.</param>
/// <param name="LabeledRows">How many rows had a label; 0 where the data has no such column, or one that is not what it was at training.</param>
/// <param name="Float32Quality">What the float32 network reaches on them: accuracy from 0 to 1, or R² for regression; <see langword="null"/> without labels, or where all are alike for regression.</param>
/// <param name="Quality">What the exported network reaches.</param>
public sealed record OnnxOutputComparison(
    string Name, PredictionTask Task, long Rows, double MaxDifference, double MeanDifference, double? SameClass, long LabeledRows, double? Float32Quality, double? Quality)
{
    /// <summary>One line.</summary>
    public override string ToString()
    {
        string same = SameClass is { } part ? string.Create(CultureInfo.InvariantCulture, $", same class in {part:P2}") : "";
        string figure = Task == PredictionTask.Regression ? "R²" : "accuracy";
        string quality = Float32Quality is { } before && Quality is { } after
            ? string.Create(CultureInfo.InvariantCulture, $"; {figure} {after:0.0000}, float32 {before:0.0000} ({LabeledRows:N0} labels)")
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Name} over {Rows:N0} rows: differs by {MeanDifference:G3} on average, {MaxDifference:G3} at most{same}{quality}");
    }
}
