using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ScriptedTraining;

/// <summary>A model measured on some data, beside a guess that knows the label only.</summary>
/// <param name="Rows">The number of rows that have a label.</param>
/// <param name="Baseline">What the guess is.</param>
/// <param name="Metrics">The measured values.</param>
internal sealed record Evaluation(int Rows, string Baseline, IReadOnlyList<(string Name, double Model, double Baseline)> Metrics)
{
    public override string ToString()
    {
        int width = Math.Max(Metrics.Max(metric => metric.Name.Length), 8);
        IEnumerable<string> lines = Metrics.Select(metric =>
        {
            string format = Format(Math.Max(Math.Abs(metric.Model), Math.Abs(metric.Baseline)));
            return string.Join("  ", "", metric.Name.PadRight(width), Number(metric.Model, format), Number(metric.Baseline, format));
        });
        return string.Join(Environment.NewLine, lines.Prepend($"  {"".PadRight(width)}  {"network",10}  {Baseline}"));
    }

    private static string Format(double size) => size switch
    {
        0 or (>= 1e-2 and < 1e3) => "0.0000",
        >= 1e3 and < 1e8 => "0",
        _ => "G5",
    };

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture).PadLeft(10);
}

internal sealed partial class TabularModel
{
    /// <summary>Measures the model.</summary>
    /// <param name="data">The data to predict.</param>
    /// <param name="known">The data that the baseline knows: that of the training, or the same.</param>
    /// <exception cref="UserException">There is nothing to measure.</exception>
    public Evaluation Evaluate(IDataView data, IDataView known)
    {
        IDataView predictions = Transformer.Transform(data);
        return Task switch
        {
            TabularTask.Binary => EvaluateBinary(predictions, Keys(data), Keys(known)),
            TabularTask.Multiclass => EvaluateMulticlass(predictions, Keys(data), Keys(known)),
            _ => EvaluateRegression(predictions, Numbers(data), Numbers(known)),
        };
    }

    private Evaluation EvaluateMulticlass(IDataView predictions, uint[] labels, uint[] known)
    {
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(predictions);
        uint commonest = Commonest(known);
        var shares = known.CountBy(key => key).ToDictionary(pair => pair.Key, pair => (double)pair.Value / known.Length);
        return new Evaluation(
            labels.Length,
            $"always '{Classes[(int)commonest - 1]}'",
            [
                ("accuracy", metrics.MicroAccuracy, Share(labels, commonest)),
                ("macro accuracy", metrics.MacroAccuracy, 1.0 / labels.Distinct().Count()),
                ("log-loss", metrics.LogLoss, labels.Average(label => -Math.Log(Math.Max(shares.GetValueOrDefault(label), 1e-15)))),
            ]);
    }

    private Evaluation EvaluateBinary(IDataView predictions, uint[] labels, uint[] known)
    {
        if (labels.Distinct().Count() < 2)
        {
            throw new UserException($"All {labels.Length} rows to measure on are of the class '{Classes[(int)labels[0] - 1]}'. Use more data, or another --seed.");
        }

        CalibratedBinaryClassificationMetrics metrics = mlContext.BinaryClassification.Evaluate(predictions);
        uint commonest = Commonest(known);
        double positive = Share(labels, 2);
        return new Evaluation(
            labels.Length,
            $"always '{Classes[(int)commonest - 1]}'",
            [
                ("accuracy", metrics.Accuracy, Share(labels, commonest)),
                ("AUC", metrics.AreaUnderRocCurve, 0.5),
                ($"F1 of '{Classes[1]}'", metrics.F1Score, commonest == 2 ? 2 * positive / (1 + positive) : 0),
            ]);
    }

    private Evaluation EvaluateRegression(IDataView predictions, float[] labels, float[] known)
    {
        RegressionMetrics metrics = mlContext.Regression.Evaluate(predictions);
        double mean = known.Average();
        double squares = labels.Average(label => (label - mean) * (label - mean));
        double ownMean = labels.Average();
        double variance = labels.Average(label => (label - ownMean) * (label - ownMean));
        return new Evaluation(
            labels.Length,
            string.Create(CultureInfo.InvariantCulture, $"always {mean:G6}"),
            [
                ("RMSE", metrics.RootMeanSquaredError, Math.Sqrt(squares)),
                ("MAE", metrics.MeanAbsoluteError, labels.Average(label => Math.Abs(label - mean))),
                ("R²", metrics.RSquared, 1 - (squares / variance)),
            ]);
    }

    private uint[] Keys(IDataView data)
    {
        uint[] keys = [.. inputs.Transform(data).GetColumn<uint>(LabelColumnName).Where(key => key > 0)];
        if (keys.Length > 0)
        {
            return keys;
        }

        string[] found = [.. data.GetColumn<string>(LabelColumn).Distinct().Take(5)];
        throw new UserException(found.Length == 0
            ? "There are no rows to measure on."
            : $"No row to measure on has a label that the model knows ({string.Join(", ", Classes)}). Column '{LabelColumn}' has: {string.Join(", ", found)}.");
    }

    private float[] Numbers(IDataView data)
    {
        float[] numbers = [.. inputs.Transform(data).GetColumn<float>(LabelColumnName).Where(float.IsFinite)];
        return numbers.Length > 0 ? numbers : throw new UserException($"There are no rows to measure on that have a number in column '{LabelColumn}'.");
    }

    private static uint Commonest(uint[] keys) => keys.CountBy(key => key).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;

    private static double Share(uint[] keys, uint key) => (double)keys.Count(other => other == key) / keys.Length;
}
