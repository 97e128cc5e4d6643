using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training.Callbacks;

[TestClass]
public sealed class BatchNormalizationUpdateTests
{
    /// <summary>The input of the first layer does not depend on weights: its mean and variance are those of the data.</summary>
    [TestMethod]
    public void Statistics_are_those_of_the_training_data_and_all_else_stays()
    {
        TestRun run = Run(new BatchNormalizationUpdate());
        NetworkWeights without = Run().Train().Weights, with = run.Train().Weights;
        for (int i = 0; i < 3; i++)
        {
            double[] values = [.. run.Training.Features.Select(row => (double)row[i])];
            double mean = values.Average(), variance = values.Average(value => Math.Pow(value - mean, 2));
            Assert.AreEqual(mean, with["first/moving_mean"].Values.Span[i], 1e-5);
            Assert.AreEqual(variance, with["first/moving_variance"].Values.Span[i], 1e-5);
            // After six steps, 0.99 to the sixth power of the 1 that it began with is still there.
            Assert.AreEqual(1, without["first/moving_variance"].Values.Span[i], 0.06);
        }

        foreach (WeightTensor weight in without.Where(weight => !weight.Name.Contains("moving", StringComparison.Ordinal)))
        {
            CollectionAssert.AreEqual(weight.Values.ToArray(), with[weight.Name].Values.ToArray(), weight.Name);
        }
    }

    [TestMethod]
    public void Behind_an_early_stopping_it_fits_the_weights_that_were_put_back()
    {
        var stopping = new EarlyStopping("loss", patience: 1, minDelta: 1e9f);
        TestRun run = Run(stopping, new BatchNormalizationUpdate());
        TrainingResult result = run.Train();
        Assert.AreEqual(1, result.History.BestEpoch);
        double mean = run.Training.Features.Average(row => (double)row[0]);
        Assert.AreEqual(mean, result.Weights["first/moving_mean"].Values.Span[0], 1e-5);
        CollectionAssert.AreEqual(
            Run(stopping).Train().Weights["first/gamma"].Values.ToArray(), result.Weights["first/gamma"].Values.ToArray());
    }

    private static TestRun Run(params Callback[] callbacks) => new()
    {
        Body = [new BatchNormalization { Name = "first" }, new Dense(4, Activation.Tanh), new BatchNormalization()],
        Training = Rows.Line(50),
        Options = new NeuralNetworkOptions { Optimizer = new SGD(0.1f), Epochs = 6, BatchSize = 50, Callbacks = [.. callbacks] },
    };
}
