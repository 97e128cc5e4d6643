using System.Globalization;

namespace Microsoft.ML.DeepLayers;

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
