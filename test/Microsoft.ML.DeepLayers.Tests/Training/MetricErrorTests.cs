using Microsoft.ML.DeepLayers.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What metrics refuse, and how they say it.</summary>
[TestClass]
public sealed class MetricErrorTests
{
    [TestMethod]
    public void Settings_outside_their_range_are_refused_by_name()
    {
        Refused("threshold", () => new BinaryAccuracy(1));
        Refused("threshold", () => new TruePositives(1.1f));
        Refused("threshold", () => new Precision(float.NaN));
        Refused("topK", () => new Precision(topK: 0));
        Refused("classId", () => new Recall(classId: -1));
        Refused("k", () => new TopKCategoricalAccuracy(0));
        Refused("k", () => new SparseTopKCategoricalAccuracy(-1));
        Refused("numThresholds", () => new AUC(1));
        Refused("curve", () => new AUC(curve: (AUCCurve)7));
        Refused("summationMethod", () => new AUC(summationMethod: (AUCSummationMethod)7));
        Refused("numThresholds", () => new SensitivityAtSpecificity(0.5f, 0));
        Refused("specificity", () => new SensitivityAtSpecificity(-1));
        Refused("sensitivity", () => new SpecificityAtSensitivity(2));
        Refused("recall", () => new PrecisionAtRecall(-1));
        Refused("precision", () => new RecallAtPrecision(float.NaN));
        Refused("classId", () => new RecallAtPrecision(0.5f, classId: -1));
        Refused("average", () => new F1Score((FScoreAverage)7));
        Refused("threshold", () => new F1Score(threshold: 0));
        Refused("beta", () => new FBetaScore(beta: 0));
        Refused("numClasses", () => new MeanIoU(1));
        Refused("ignoreClass", () => new MeanIoU(3, ignoreClass: 3));
        Refused("targetClassIds", () => new IoU(3, [3]));
        Refused("targetClassIds", () => new IoU(3, []));
        Refused("targetClassIds", () => new BinaryIoU([0, 0]));
        Refused("classAggregation", () => new R2Score((R2Aggregation)7));
        Refused("numRegressors", () => new R2Score(numRegressors: -1));
        Refused("axis", () => new PearsonCorrelation(1));
        Refused("axis", () => new ConcordanceCorrelation(-2));
        Refused("name", () => new RootMeanSquaredError(" "));
        Refused("name", () => new AUC(name: ""));
    }

    [TestMethod]
    public void What_the_output_cannot_give_is_said_before_training()
    {
        AssertMessage("The metric 'precision' picks among the values of an example: topK is 3, but the output gives 2.", new Precision(topK: 3), 2);
        AssertMessage("The metric 'recall' picks among the values of an example: classId is 2, but the output gives 2.", new Recall(classId: 2), 2);
        AssertMessage("The metric 'recall_at_precision' picks among the values of an example: classId is 0, but the output gives 1.", new RecallAtPrecision(0.5f, classId: 0), 1);
        AssertMessage("The metric 'f1_score' takes the highest of several values for the predicted class, but the output gives one. Give it a threshold: 0.5.", new F1Score(), 1);
        AssertMessage("The metric 'mean_io_u' is for 3 classes, but the output gives 4 values.", new MeanIoU(3), 4);
        AssertMessage("The metric 'pearson_correlation' is over the values of each example, but the output gives one. Set axis: 0 to have it over the examples.", new PearsonCorrelation(), 1);
    }

    [TestMethod]
    public void Shapes_that_do_not_belong_together_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Metric metric in MetricCase.All.Select(row => row.Metric).Where(metric => !metric.TakesClassIndices))
        {
            Assert.AreEqual(
                $"The metric '{metric.Name}' compares value by value, but the output is [5, 3] and the labels are [5].",
                Assert.ThrowsExactly<InvalidOperationException>(() => metric.Update(ones(5, 3), ones(5))).Message);
        }
    }

    private static void Refused(string parameter, Func<Metric> make)
    {
        try
        {
            _ = make();
        }
        catch (ArgumentException exception)
        {
            Assert.AreEqual(parameter, exception.ParamName, exception.Message);
            return;
        }

        Assert.Fail($"{parameter} was taken");
    }

    private static void AssertMessage(string message, Metric metric, int outputValues) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => metric.StateSize(outputValues)).Message);
}
