using Microsoft.ML.DeepLayers.Metrics;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What a metric's predictions and labels are.</summary>
internal enum MetricData
{
    /// <summary>A probability; 0 or 1.</summary>
    Binary,

    /// <summary>Three probabilities; each 0 or 1.</summary>
    MultiLabel,

    /// <summary>Four scores that add up to 1; one-hot.</summary>
    OneHot,

    /// <summary>Four scores; the index of a class.</summary>
    ClassIndex,

    /// <summary>A number; a number.</summary>
    Number,

    /// <summary>Three numbers; three numbers.</summary>
    Numbers,
}

/// <summary>A metric with its definition in plain C#.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Name">Keras's name of it.</param>
/// <param name="Data">What it is tried on.</param>
/// <param name="Definition">The same over all predictions and labels.</param>
/// <param name="HigherIsBetter">Whether more is better.</param>
internal sealed record MetricCase(Metric Metric, string Name, MetricData Data, Func<double[][], double[][], double> Definition, bool HigherIsBetter = true)
{
    public override string ToString() => Metric.ToString();

    /// <summary>Every metric of the library, with its options.</summary>
    internal static IReadOnlyList<MetricCase> All { get; } =
    [
        new(new BinaryAccuracy(), "binary_accuracy", MetricData.Binary, (o, l) => Pairs(o, l).Average(p => One(p.Output > 0.5 == p.Label))),
        new(new BinaryAccuracy(0.3f), "binary_accuracy", MetricData.MultiLabel, (o, l) => Pairs(o, l).Average(p => One(p.Output > 0.3f == p.Label))),
        new(new CategoricalAccuracy(), "categorical_accuracy", MetricData.OneHot, (o, l) => o.Zip(l).Average(row => One(Top(row.First) == Top(row.Second)))),
        new(new SparseCategoricalAccuracy(), "sparse_categorical_accuracy", MetricData.ClassIndex, (o, l) => o.Zip(l).Average(row => One(Top(row.First) == row.Second[0]))),
        new(new TopKCategoricalAccuracy(2), "top_k_categorical_accuracy", MetricData.OneHot, (o, l) => o.Zip(l).Average(row => One(InTop(row.First, Top(row.Second), 2)))),
        new(new TopKCategoricalAccuracy(), "top_k_categorical_accuracy", MetricData.OneHot, (_, _) => 1),
        new(new SparseTopKCategoricalAccuracy(3), "sparse_top_k_categorical_accuracy", MetricData.ClassIndex, (o, l) => o.Zip(l).Average(row => One(InTop(row.First, (int)row.Second[0], 3)))),

        new(new TruePositives(), "true_positives", MetricData.Binary, (o, l) => Counts(o, l, 0.5).Tp),
        new(new TrueNegatives(0.3f), "true_negatives", MetricData.MultiLabel, (o, l) => Counts(o, l, 0.3f).Tn),
        new(new FalsePositives(), "false_positives", MetricData.OneHot, (o, l) => Counts(o, l, 0.5).Fp, HigherIsBetter: false),
        new(new FalseNegatives(), "false_negatives", MetricData.Binary, (o, l) => Counts(o, l, 0.5).Fn, HigherIsBetter: false),
        new(new Precision(), "precision", MetricData.Binary, (o, l) => Counts(o, l, 0.5).Precision),
        new(new Precision(0.3f, classId: 2), "precision", MetricData.OneHot, (o, l) => Counts(Of(o, 2), Of(l, 2), 0.3f).Precision),
        new(new Precision(topK: 2), "precision", MetricData.OneHot, (o, l) => Counts(KeepTop(o, 2), l, -1).Precision),
        new(new Recall(), "recall", MetricData.MultiLabel, (o, l) => Counts(o, l, 0.5).Recall),
        new(new Recall(0.2f, topK: 2, classId: 1), "recall", MetricData.OneHot, (o, l) => Counts(Of(KeepTop(o, 2), 1), Of(l, 1), 0.2f).Recall),

        new(new AUC(), "auc", MetricData.Binary, (o, l) => Area(o, l, 200, false, (a, b) => (a + b) / 2)),
        new(new AUC(7, multiLabel: true), "auc", MetricData.MultiLabel, (o, l) => Enumerable.Range(0, 3).Average(i => Area(Of(o, i), Of(l, i), 7, false, (a, b) => (a + b) / 2))),
        new(new AUC(7), "auc", MetricData.MultiLabel, (o, l) => Area(o, l, 7, false, (a, b) => (a + b) / 2)),
        new(new AUC(7, multiLabel: true), "auc", MetricData.Binary, (o, l) => Area(o, l, 7, false, (a, b) => (a + b) / 2)),
        new(new AUC(11, summationMethod: AUCSummationMethod.Majoring), "auc", MetricData.OneHot, (o, l) => Area(o, l, 11, false, Math.Max)),
        new(new AUC(11, AUCCurve.PR, AUCSummationMethod.Majoring), "auc", MetricData.Binary, (o, l) => Area(o, l, 11, true, Math.Max)),
        new(new AUC(11, AUCCurve.PR, AUCSummationMethod.Minoring), "auc", MetricData.Binary, (o, l) => Area(o, l, 11, true, Math.Min)),
        new(new AUC(11, AUCCurve.PR), "auc", MetricData.Binary, (o, l) => PrecisionIntegral(o, l, 11)),
        new(new SensitivityAtSpecificity(0.8f), "sensitivity_at_specificity", MetricData.Binary, (o, l) => Best(o, l, 200, c => c.Specificity >= 0.8, c => c.Recall)),
        new(new SpecificityAtSensitivity(0.6f, 10), "specificity_at_sensitivity", MetricData.MultiLabel, (o, l) => Best(o, l, 10, c => c.Recall >= 0.6, c => c.Specificity)),
        new(new PrecisionAtRecall(0.75f, classId: 1), "precision_at_recall", MetricData.OneHot, (o, l) => Best(Of(o, 1), Of(l, 1), 200, c => c.Recall >= 0.75, c => c.Precision)),
        new(new RecallAtPrecision(0.5f), "recall_at_precision", MetricData.Binary, (o, l) => Best(o, l, 200, c => c.Precision >= 0.5, c => c.Recall)),
        new(new RecallAtPrecision(0.5f, 1), "recall_at_precision", MetricData.Binary, (o, l) => Counts(o, l, 0.5) is { Precision: >= 0.5 } c ? c.Recall : 0),

        new(new F1Score(), "f1_score", MetricData.OneHot, (o, l) => Enumerable.Range(0, 4).Average(i => Counts(Of(Hard(o), i), Of(l, i), 0.5).F(1))),
        new(new F1Score(threshold: 0.4f), "f1_score", MetricData.Binary, (o, l) => Counts(o, l, 0.4f).F(1)),
        new(new FBetaScore(FScoreAverage.Micro, 2), "fbeta_score", MetricData.OneHot, (o, l) => Counts(Hard(o), l, 0.5).F(2)),
        new(new FBetaScore(FScoreAverage.Weighted, 0.5f, 0.6f), "fbeta_score", MetricData.MultiLabel, (o, l) =>
        {
            double[] weights = [.. Enumerable.Range(0, 3).Select(i => l.Sum(row => row[i]))];
            return weights.Sum() == 0 ? 0 : Enumerable.Range(0, 3).Sum(i => weights[i] * Counts(Of(o, i), Of(l, i), 0.6f).F(0.5)) / weights.Sum();
        }),
        new(new MeanIoU(4), "mean_io_u", MetricData.OneHot, (o, l) => MeanOverlap(o, l, [0, 1, 2, 3])),
        new(new IoU(4, [1, 3]), "io_u", MetricData.OneHot, (o, l) => MeanOverlap(o, l, [1, 3])),
        new(new MeanIoU(4, ignoreClass: 2), "mean_io_u", MetricData.OneHot, (o, l) =>
        {
            int[] kept = [.. Enumerable.Range(0, l.Length).Where(i => l[i][2] == 0)];
            return MeanOverlap([.. kept.Select(i => o[i])], [.. kept.Select(i => l[i])], [0, 1, 2, 3]);
        }),
        new(new BinaryIoU(), "binary_io_u", MetricData.MultiLabel, (o, l) => Mean(Counts(o, l, Math.BitDecrement(0.5)) is var c && c.Tp + c.Fp + c.Fn > 0 ? c.Tp / (c.Tp + c.Fp + c.Fn) : null, c.Tn + c.Fp + c.Fn > 0 ? c.Tn / (c.Tn + c.Fp + c.Fn) : null)),
        new(new BinaryIoU([1], 0.3f), "binary_io_u", MetricData.Binary, (o, l) => Mean(Counts(o, l, MathF.BitDecrement(0.3f)) is var c && c.Tp + c.Fp + c.Fn > 0 ? c.Tp / (c.Tp + c.Fp + c.Fn) : null)),

        new(new RootMeanSquaredError(), "rmse", MetricData.Numbers, (o, l) => Math.Sqrt(Values(o, l).Average(p => Square(p.Output - p.Label))), HigherIsBetter: false),
        new(new R2Score(), "r2_score", MetricData.Number, R2),
        new(new R2Score(), "r2_score", MetricData.Numbers, (o, l) => Enumerable.Range(0, 3).Average(i => R2(Of(o, i), Of(l, i)))),
        new(new R2Score(R2Aggregation.VarianceWeightedAverage), "r2_score", MetricData.Numbers, (o, l) => Enumerable.Range(0, 3).Sum(i => Variation(l, i)) is > 0 and var all
            ? Enumerable.Range(0, 3).Sum(i => Variation(l, i) * R2(Of(o, i), Of(l, i))) / all : 0),
        new(new R2Score(numRegressors: 2), "r2_score", MetricData.Number, (o, l) => l.Length <= 3 ? R2(o, l) : 1 - ((1 - R2(o, l)) * (l.Length - 1) / (l.Length - 3))),
        new(new PearsonCorrelation(0), "pearson_correlation", MetricData.Number, (o, l) => Pearson(Flat(o), Flat(l))),
        new(new PearsonCorrelation(0), "pearson_correlation", MetricData.Numbers, (o, l) => Enumerable.Range(0, 3).Average(i => Pearson(Flat(Of(o, i)), Flat(Of(l, i))))),
        new(new PearsonCorrelation(), "pearson_correlation", MetricData.Numbers, (o, l) => o.Zip(l).Average(row => Pearson(row.First, row.Second))),
        new(new ConcordanceCorrelation(0), "concordance_correlation", MetricData.Number, (o, l) => Concordance(Flat(o), Flat(l))),
        new(new ConcordanceCorrelation(), "concordance_correlation", MetricData.Numbers, (o, l) => o.Zip(l).Average(row => Concordance(row.First, row.Second))),
    ];

    private static double One(bool right) => right ? 1 : 0;

    private static double Square(double value) => value * value;

    private static double[] Flat(double[][] rows) => [.. rows.SelectMany(row => row)];

    private static double[][] Of(double[][] rows, int column) => [.. rows.Select(row => new[] { row[column] })];

    private static IEnumerable<(double Output, double Label)> Values(double[][] outputs, double[][] labels) => Flat(outputs).Zip(Flat(labels));

    private static IEnumerable<(double Output, bool Label)> Pairs(double[][] outputs, double[][] labels) => Values(outputs, labels).Select(pair => (pair.Output, pair.Label > 0));

    private static int Top(double[] row) => Array.IndexOf(row, row.Max());

    private static bool InTop(double[] row, int index, int k) => row.OrderDescending().Take(k).Contains(row[index]);

    /// <summary>All but the highest of each row become -10.</summary>
    private static double[][] KeepTop(double[][] rows, int k) => [.. rows.Select(row => row.Select((_, i) => InTop(row, i, k) ? row[i] : -10).ToArray())];

    private static double[][] Hard(double[][] rows) => [.. rows.Select(row => row.Select(value => One(value == row.Max())).ToArray())];

    private static Confusion Counts(double[][] outputs, double[][] labels, double threshold)
    {
        (double Output, bool Label)[] pairs = [.. Pairs(outputs, labels)];
        return new Confusion(
            pairs.Count(p => p.Label && p.Output > threshold), pairs.Count(p => !p.Label && p.Output > threshold),
            pairs.Count(p => !p.Label && p.Output <= threshold), pairs.Count(p => p.Label && p.Output <= threshold));
    }

    /// <summary>Keras's thresholds: evenly from 0 to 1.</summary>
    private static IEnumerable<double> Thresholds(int count) => Enumerable.Range(0, count).Select(i => (double)i / (count - 1));

    private static double Best(double[][] outputs, double[][] labels, int thresholds, Func<Confusion, bool> enough, Func<Confusion, double> wanted) =>
        Thresholds(thresholds).Select(threshold => Counts(outputs, labels, threshold)).Where(enough).Select(wanted).Append(0).Max();

    /// <summary>The counts at each threshold; the outermost take everything and nothing.</summary>
    private static Confusion[] Curve(double[][] outputs, double[][] labels, int thresholds) =>
        [.. Thresholds(thresholds).Select((threshold, i) => Counts(outputs, labels, i == 0 ? -1 : i == thresholds - 1 ? 2 : threshold))];

    private static double Area(double[][] outputs, double[][] labels, int thresholds, bool precision, Func<double, double, double> height)
    {
        (double X, double Y)[] points = [.. Curve(outputs, labels, thresholds).Select(c => precision ? (c.Recall, c.Precision) : (1 - c.SpecificityOr1, c.Recall))];
        return points.Zip(points.Skip(1), (low, high) => (low.X - high.X) * height(low.Y, high.Y)).Sum();
    }

    /// <summary>
    /// Davis and Goadrich: between two thresholds true and false positives run evenly. Integrated numerically, by small
    /// steps of the true positives.
    /// </summary>
    private static double PrecisionIntegral(double[][] outputs, double[][] labels, int thresholds)
    {
        Confusion[] points = Curve(outputs, labels, thresholds);
        double area = 0;
        foreach ((Confusion low, Confusion high) in points.Zip(points.Skip(1)))
        {
            const int Steps = 2000;
            for (int step = 0; step < Steps; step++)
            {
                double part = (step + 0.5) / Steps;
                double tp = high.Tp + (part * (low.Tp - high.Tp)), fp = high.Fp + (part * (low.Fp - high.Fp));
                area += low.Tp == high.Tp ? 0 : tp / (tp + fp) * (low.Tp - high.Tp) / Steps / (high.Tp + high.Fn);
            }
        }

        return area;
    }

    private static double MeanOverlap(double[][] outputs, double[][] labels, int[] classes)
    {
        (int Predicted, int Actual)[] pairs = [.. outputs.Zip(labels, (output, label) => (Top(output), Top(label)))];
        return Mean([.. classes.Select(id => pairs.Any(p => p.Predicted == id || p.Actual == id)
            ? (double?)pairs.Count(p => p.Predicted == id && p.Actual == id) / pairs.Count(p => p.Predicted == id || p.Actual == id) : null)]);
    }

    private static double Mean(params double?[] values) => values.Average() ?? 0;

    private static double Variation(double[][] rows, int column) => rows.Sum(row => Square(row[column] - rows.Average(other => other[column])));

    private static double R2(double[][] outputs, double[][] labels) =>
        Variation(labels, 0) is > 1e-12 and var total ? 1 - (Values(outputs, labels).Sum(p => Square(p.Output - p.Label)) / total) : 0;

    private static (double MeanX, double MeanY, double X, double Y, double Both) Spread(double[] x, double[] y)
    {
        (double meanX, double meanY) = (x.Average(), y.Average());
        return (meanX, meanY, x.Average(value => Square(value - meanX)), y.Average(value => Square(value - meanY)), x.Zip(y).Average(p => (p.First - meanX) * (p.Second - meanY)));
    }

    private static double Pearson(double[] x, double[] y) => Spread(x, y) is var s && s is { X: > 1e-12, Y: > 1e-12 } ? s.Both / Math.Sqrt(s.X * s.Y) : 0;

    private static double Concordance(double[] x, double[] y) =>
        Spread(x, y) is var s && s is { X: > 1e-12, Y: > 1e-12 } ? 2 * s.Both / (s.X + s.Y + Square(s.MeanX - s.MeanY)) : 0;

    private sealed record Confusion(double Tp, double Fp, double Tn, double Fn)
    {
        internal double Precision => Tp == 0 ? 0 : Tp / (Tp + Fp);

        internal double Recall => Tp == 0 ? 0 : Tp / (Tp + Fn);

        internal double Specificity => Tn == 0 ? 0 : Tn / (Tn + Fp);

        /// <summary>Where there are no negatives, no false positives are possible.</summary>
        internal double SpecificityOr1 => Tn + Fp == 0 ? 1 : Specificity;

        internal double F(double beta) => Tp == 0 ? 0 : (1 + (beta * beta)) * Precision * Recall / ((beta * beta * Precision) + Recall);
    }
}
