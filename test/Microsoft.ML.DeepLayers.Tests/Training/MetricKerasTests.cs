using Microsoft.ML.DeepLayers.Metrics;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The figures that Keras 3's own tests expect (keras/src/metrics/*_test.py), and those of its documentation.</summary>
[TestClass]
public sealed class MetricKerasTests
{
    private static readonly double[] FifthPositives = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
    private static readonly double[] LowScores = [0.0, 0.1, 0.2, 0.3, 0.4, 0.01, 0.02, 0.25, 0.26, 0.26];
    private static readonly double[] RecallScores = [0.0, 0.1, 0.2, 0.5, 0.6, 0.2, 0.5, 0.6, 0.8, 0.9];
    private static readonly double[] PrecisionScores = [0.05, 0.1, 0.2, 0.3, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.9, 0.95];
    private static readonly double[] PrecisionLabels = [0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 1];

    private static readonly double[][] ClassLabels = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0], [0, 0, 1]];
    private static readonly double[][] ClassScores = [[0.9, 0.1, 0], [0.2, 0.6, 0.2], [0, 0, 1], [0.4, 0.3, 0.3], [0, 0.9, 0.1], [0, 0, 1]];

    [TestMethod]
    public void Accuracies()
    {
        Is(0.75, new BinaryAccuracy(), [0.98, 1, 0, 0.6], [1, 1, 0, 0]);
        double[][] scores = [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], labels = [[0, 0, 1], [0, 1, 0]];
        Is(0.5, new CategoricalAccuracy(), scores, labels);
        Is(0.5, new TopKCategoricalAccuracy(1), scores, labels);
        Is(1, new TopKCategoricalAccuracy(2), scores, labels);
        Is(0.5, new SparseCategoricalAccuracy(), [[0.1, 0.6, 0.3], [0.05, 0.95, 0]], [[2], [1]]);
        Is(0.5, new SparseTopKCategoricalAccuracy(1), scores, [[2], [1]]);
    }

    [TestMethod]
    public void Precision_and_recall()
    {
        Is(0.5, new Precision(), [1, 0, 1, 0], [0, 1, 1, 0]);
        Is(0.5, new Recall(), [1, 0, 1, 0], [0, 1, 1, 0]);
        Is(0, new Precision(), [0, 0, 0, 0], [0, 0, 0, 0]);
        Is(0, new Recall(), [0, 0, 0, 0], [0, 0, 0, 0]);
        Is(0.5, new Precision(0.5f), [1, 0, 0.6, 0], [0, 1, 1, 0]);
        Is(0, new Precision(0.7f), [1, 0, 0.6, 0], [0, 1, 1, 0]);
        Is(1.0 / 3, new Precision(topK: 3), [[0.2, 0.1, 0.5, 0, 0.2]], [[0, 1, 1, 0, 0]]);
        Is(0.5, new Recall(topK: 3), [[0.2, 0.1, 0.5, 0, 0.2]], [[0, 1, 1, 0, 0]]);
        Is(1, new Precision(0.7f, topK: 2), [[0.2, 0.8, 0.6, 0, 0.2]], [[0, 1, 1, 0, 1]]);
        Is(0.25, new Recall(0.7f, topK: 2), [[0.2, 0.8, 0.6, 0, 0.2]], [[1, 1, 1, 0, 1]]);
        double[][] scores = [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]];
        double[][] labels = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]];
        Is(1, new Precision(classId: 1), scores, labels);
        Is(1, new Recall(classId: 1), scores, labels);
    }

    [TestMethod]
    public void Best_of_one_with_enough_of_another()
    {
        Is(0.5, new SensitivityAtSpecificity(0.5f), [0, 0.3, 0.8, 0.3, 0.8], [0, 0, 0, 1, 1]);
        Is(0.8, new SensitivityAtSpecificity(0.8f), [0.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.45, 0.5, 0.8, 0.9], FifthPositives);
        Is(0.6, new SensitivityAtSpecificity(0.4f), LowScores, FifthPositives);
        Is(2.0 / 3, new SpecificityAtSensitivity(0.5f), [0, 0.3, 0.8, 0.3, 0.8], [0, 0, 0, 1, 1]);
        Is(0.2, new SpecificityAtSensitivity(1), LowScores, FifthPositives);
        Is(0.6, new SpecificityAtSensitivity(0.4f), LowScores, FifthPositives);
        Is(2.0 / 3, new PrecisionAtRecall(0.8f), RecallScores, FifthPositives);
        Is(0.75, new PrecisionAtRecall(0.6f), RecallScores, FifthPositives);
        Is(0.5, new RecallAtPrecision(0.75f), PrecisionScores, PrecisionLabels);
        Is(5.0 / 6, new RecallAtPrecision(2f / 3), PrecisionScores, PrecisionLabels);
        Is(0, new RecallAtPrecision(2f / 3), [0.1, 0.2, 0.3, 0.9], [1, 1, 0, 0]);
    }

    [TestMethod]
    public void Areas_under_curves()
    {
        double[] scores = [0, 0.5, 0.3, 0.9], labels = [0, 0, 1, 1];
        Is(0.75, new AUC(3), scores, labels);
        Is(1, new AUC(), labels, labels);
        // tp = [2, 1, 0], fp = [2, 0, 0].
        Is(1, new AUC(3, summationMethod: AUCSummationMethod.Majoring), scores, labels);
        Is(0.5, new AUC(3, summationMethod: AUCSummationMethod.Minoring), scores, labels);
        double[][] two = [[0, 0.1], [0.5, 0.2], [0.3, 0.3], [0.9, 0.4]], good = [[0, 0], [0, 0], [1, 1], [1, 1]];
        Is((0.875 + 1) / 2, new AUC(5, multiLabel: true), two, good);
        Is(1 - (3.0 / 32), new AUC(5), two, good);
        Is(1, new AUC(multiLabel: true), good, good);
        Is((0.91667 + 1.0) / 2, new AUC(5, AUCCurve.PR, multiLabel: true), two, good, 1e-1);
    }

    /// <summary>Example weights of whole numbers are examples that come several times.</summary>
    [TestMethod]
    public void Areas_under_curves_of_weighted_examples()
    {
        double[] scores = [0, 0.5, 0.5, 0.3, 0.3, 0.3, 0.9, 0.9, 0.9, 0.9], labels = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1];
        Is(0.7855, new AUC(3), scores, labels, 1e-3);
        Is(1, new AUC(3, summationMethod: AUCSummationMethod.Majoring), scores, labels, 1e-3);
        Is(0.571, new AUC(3, summationMethod: AUCSummationMethod.Minoring), scores, labels, 1e-3);
        Is((1 * 0.429) + (1 * 0.571), new AUC(3, AUCCurve.PR, AUCSummationMethod.Majoring), scores, labels, 1e-3);
        Is(0.7 * 0.429, new AUC(3, AUCCurve.PR, AUCSummationMethod.Minoring), scores, labels, 1e-3);
        Is((2.416 / 7) + (4.0 / 7), new AUC(3, AUCCurve.PR), scores, labels, 1e-3);
    }

    [TestMethod]
    [DataRow(FScoreAverage.Micro, 0.5f, 0.6666667), DataRow(FScoreAverage.Micro, 1f, 0.6666667), DataRow(FScoreAverage.Micro, 2f, 0.6666667)]
    [DataRow(FScoreAverage.Macro, 0.5f, 0.6825397), DataRow(FScoreAverage.Macro, 1f, 0.6555555), DataRow(FScoreAverage.Macro, 2f, 0.6548822)]
    [DataRow(FScoreAverage.Weighted, 0.5f, 0.6825397), DataRow(FScoreAverage.Weighted, 1f, 0.6555555), DataRow(FScoreAverage.Weighted, 2f, 0.6548822)]
    public void F_scores_with_a_threshold(FScoreAverage average, float beta, double expected)
    {
        double[][] scores = [[0.7, 0.7, 0.7], [1, 0, 0], [0.9, 0.8, 0]];
        Is(expected, new FBetaScore(average, beta, 0.66f), scores, [[0, 0, 1], [1, 1, 0], [1, 1, 1]]);
        Is(1, new FBetaScore(average, beta, 0.66f), scores, [[1, 1, 1], [1, 0, 0], [1, 1, 0]]);
        Is(0, new FBetaScore(average, beta, 0.66f), scores, [[0, 0, 0], [0, 1, 0], [0, 0, 1]]);
    }

    [TestMethod]
    [DataRow(FScoreAverage.Micro, 0.5f, 0.833334), DataRow(FScoreAverage.Micro, 1f, 0.833334), DataRow(FScoreAverage.Micro, 2f, 0.833334)]
    [DataRow(FScoreAverage.Macro, 0.5f, 0.821549), DataRow(FScoreAverage.Macro, 1f, 0.822222), DataRow(FScoreAverage.Macro, 2f, 0.849206)]
    [DataRow(FScoreAverage.Weighted, 0.5f, 0.880471), DataRow(FScoreAverage.Weighted, 1f, 0.844445), DataRow(FScoreAverage.Weighted, 2f, 0.829365)]
    public void F_scores_of_the_highest_class(FScoreAverage average, float beta, double expected)
    {
        Is(expected, new FBetaScore(average, beta), ClassScores, ClassLabels);
        if (beta == 1)
        {
            Is(expected, new F1Score(average), ClassScores, ClassLabels);
        }
    }

    [TestMethod]
    public void Intersections_over_unions()
    {
        double[] labels = [0, 1, 0, 1], scores = [0.1, 0.2, 0.4, 0.7];
        Is(1.0 / 3, new BinaryIoU(threshold: 0.3f), scores, labels);
        Is(((2.0 / 3) + 0.5) / 2, new BinaryIoU(), scores, labels);
        Is(1, new BinaryIoU(), [0.6], [1]);
        double[][] oneHot = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]];
        double[][] classScores = [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.3, 0.1], [0.1, 0.4, 0.5]];
        Is(1.0 / 3 / 2, new IoU(3, [0, 2]), classScores, oneHot);
        Is(1.0 / 3 / 3, new MeanIoU(3), classScores, oneHot);
        Is(1.0 / 3, new MeanIoU(2), [[1, 0], [0, 1], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1], [0, 1]]);
        Is(1, new MeanIoU(2), [[0, 1]], [[0, 1]]);
    }

    [TestMethod]
    public void Errors_and_coefficients_of_determination()
    {
        Is(Math.Sqrt(6), new RootMeanSquaredError(), [1, 3, 2], [2, 4, 6]);
        Is(0.57142854, new R2Score(), [2, 4, 4], [1, 4, 3]);
        double[][] labels = [[0, 0, 1], [0, 1, 0], [1, 0, 0]], outputs = [[0.4, 0.5, 0.6], [0.1, 0.2, 0.3], [0.5, 0.8, 0.2]];
        Is(-0.12, new R2Score(), outputs, labels);
        Is(-0.12, new R2Score(R2Aggregation.VarianceWeightedAverage), outputs, labels);
        double[] expected = [0.37, -1.295, 0.565];
        for (int i = 0; i < 3; i++)
        {
            Is(expected[i], new R2Score(), [.. outputs.Select(row => row[i])], [.. labels.Select(row => row[i])]);
        }
    }

    /// <summary>Keras's examples are weighted 0.8, 0.1 and 0.4; the score does not change where the weights are scaled to a sum of 3.</summary>
    [TestMethod]
    [DataRow(R2Aggregation.UniformAverage, 0, -3.0615367889404297), DataRow(R2Aggregation.UniformAverage, 1, -3.641756534576416)]
    [DataRow(R2Aggregation.UniformAverage, 2, -4.415382385253906), DataRow(R2Aggregation.VarianceWeightedAverage, 0, -1.3710224628448486)]
    [DataRow(R2Aggregation.VarianceWeightedAverage, 1, -1.7097399234771729), DataRow(R2Aggregation.VarianceWeightedAverage, 2, -2.161363363265991)]
    public void Coefficients_of_determination_adjusted_for_regressors(R2Aggregation aggregation, int regressors, double expected)
    {
        double[] weights = [0.8 * 3 / 1.3, 0.1 * 3 / 1.3, 0.4 * 3 / 1.3];
        double[][] labels = [[0, 0, 1], [0, 1, 0], [1, 0, 0]], outputs = [[0.4, 0.9, 1.6], [0.1, 1.2, 0.6], [1.5, 0.8, 0.6]];
        double[] Sums(Func<double, double, double> term) => [.. Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 3).Sum(row => weights[row] * term(labels[row][i], outputs[row][i])))];
        double[] state = [.. Sums((label, _) => label), .. Sums((label, _) => label * label), .. Sums((label, output) => (label - output) * (label - output))];
        Assert.AreEqual(expected, new R2Score(aggregation, regressors).Result(state, 3), 2e-6);
    }

    [TestMethod]
    public void Correlations()
    {
        double[][] labels = [[0, 1, 0.5], [1, 1, 0.2]], outputs = [[0.1, 0.9, 0.5], [1, 0.9, 0.2]];
        Is(0.9966996338993913, new PearsonCorrelation(), outputs, labels);
        Is(0.9816320385426076, new ConcordanceCorrelation(), outputs, labels);
        // The same numbers as examples of a single value.
        Is(0.99339927, new PearsonCorrelation(0), outputs[1], labels[1]);
        Is(0.98765432, new ConcordanceCorrelation(0), outputs[1], labels[1]);
    }

    private static void Is(double expected, Metric metric, double[] outputs, double[] labels, double tolerance = 2e-6) =>
        Is(expected, metric, MetricRun.Column(outputs), MetricRun.Column(labels), tolerance);

    private static void Is(double expected, Metric metric, double[][] outputs, double[][] labels, double tolerance = 2e-6) =>
        Assert.AreEqual(expected, MetricRun.Measure(metric, outputs, labels), tolerance, metric.ToString());
}
