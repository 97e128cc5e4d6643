using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

[TestClass]
public sealed class BinaryOutputsTests
{
    [TestMethod]
    [DataRow(0f, 0.5)]
    [DataRow(1f, 0.7310585786300049)]
    [DataRow(-1f, 0.2689414213699951)]
    [DataRow(-10f, 4.5397868702434395e-05)]
    [DataRow(-16f, 1.1253516205509499e-07)]
    public void Probability_is_the_sigmoid_of_the_logit(float logit, double expected) =>
        Assert.AreEqual(expected, BinaryOutputs.ToProbability(logit), expected * 6e-8);

    [TestMethod]
    public void Probability_is_never_quite_0_or_1()
    {
        // As floats: that is what ML.NET takes the logarithm of.
        Assert.IsLessThan(1f, 1 - (1f / (1 << 24)));
        foreach (float logit in new[] { 17f, 30f, 100f, 1e6f, float.MaxValue, float.PositiveInfinity })
        {
            Assert.AreEqual(1 - (1f / (1 << 24)), BinaryOutputs.ToProbability(logit));
            Assert.AreEqual(1f / (1 << 24), BinaryOutputs.ToProbability(-logit));
        }
    }

    [TestMethod]
    public void Probability_grows_with_the_logit_and_mirrors_at_0()
    {
        float last = 0;
        for (float logit = -20; logit <= 20; logit += 0.01f)
        {
            float probability = BinaryOutputs.ToProbability(logit);
            Assert.IsGreaterThanOrEqualTo(last, probability);
            Assert.AreEqual(1, probability + BinaryOutputs.ToProbability(-logit), 1.2e-7f);
            last = probability;
        }
    }

    [TestMethod]
    public void Probability_of_NaN_is_NaN() => Assert.IsTrue(float.IsNaN(BinaryOutputs.ToProbability(float.NaN)));

    [TestMethod]
    public void A_binary_classifier_has_two_classes() =>
        Assert.ThrowsExactly<ArgumentException>(() => new BinaryOutputs(new TrainedOutput(null, PredictionTask.BinaryClassification, "Label", new ClassLabels(3))));
}
