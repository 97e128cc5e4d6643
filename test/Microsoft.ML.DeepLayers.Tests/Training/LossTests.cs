using CsCheck;
using Microsoft.ML.DeepLayers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Losses against their definitions in plain C#.</summary>
[TestClass]
public sealed class LossTests
{
    private static readonly Gen<double[]> Weights = Gen.Double[0, 3].Array[1, 8];

    [TestMethod]
    public void Squared_error_by_the_definition() => Property.Holds(
        Weights.SelectMany(weights => Gen.Select(Gen.Const(weights), Gen.Double[-5, 5].Array[weights.Length], Gen.Double[-5, 5].Array[weights.Length])),
        example =>
        {
            (double[] weights, double[] outputs, double[] targets) = example;
            double[] losses = [.. outputs.Zip(targets, (output, target) => (output - target) * (output - target))];
            AssertLoss(new MeanSquaredError(), losses, [.. outputs.Select(output => new[] { output })], targets, weights);
        });

    [TestMethod]
    public void Binary_cross_entropy_by_the_definition() => Property.Holds(
        Weights.SelectMany(weights => Gen.Select(Gen.Const(weights), Gen.Double[-20, 20].Array[weights.Length], Gen.Bool.Array[weights.Length])),
        example =>
        {
            (double[] weights, double[] logits, bool[] targets) = example;
            double[] losses = [.. logits.Zip(targets, (logit, target) =>
            {
                double probability = 1 / (1 + Math.Exp(-logit));
                return -Math.Log(target ? probability : 1 - probability);
            })];
            AssertLoss(
                new BinaryCrossentropy(), losses, [.. logits.Select(logit => new[] { logit })], [.. targets.Select(target => target ? 1.0 : 0)], weights, 1e-6);
        });

    [TestMethod]
    public void Categorical_cross_entropy_by_the_definition() => Property.Holds(
        Weights.SelectMany(weights => Gen.Select(Gen.Const(weights), Gen.Double[-9, 9].Array[4].Array[weights.Length], Gen.Int[0, 3].Array[weights.Length])),
        example =>
        {
            (double[] weights, double[][] logits, int[] targets) = example;
            double[] losses = [.. logits.Zip(targets, (row, target) => -Math.Log(Math.Exp(row[target]) / row.Sum(Math.Exp)))];
            AssertLoss(new SparseCategoricalCrossentropy(), losses, logits, [.. targets.Select(target => (double)target)], weights);
        });

    [TestMethod]
    public void A_saturated_sigmoid_has_a_finite_loss_and_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 1000, -1000, 1000, -1000 });
        logits.requires_grad = true;
        Tensor loss = new BinaryCrossentropy().Mean(logits, tensor(new float[] { 1, 0, 0, 1 }), null);
        Assert.AreEqual(500f, loss.item<float>(), 1e-3f);
        loss.backward();
        CollectionAssert.AreEqual(new[] { 0, 0, 0.25f, -0.25f }, logits.grad!.data<float>().ToArray());
    }

    /// <summary>Keras 3 divides the weighted sum by the number of examples, not by the sum of the weights.</summary>
    [TestMethod]
    public void The_weighted_mean_is_over_the_number_of_examples()
    {
        using DisposeScope scope = NewDisposeScope();
        // Squared errors 1, 4 and 9 with weights 2, 0 and 4: (2 + 0 + 36) / 3.
        Tensor loss = new MeanSquaredError().Mean(tensor(new float[] { 1, 2, 3 }), zeros(3), tensor(new float[] { 2, 0, 4 }));
        Assert.AreEqual(38f / 3, loss.item<float>(), 1e-5f);
    }

    private static void AssertLoss(Loss loss, double[] losses, double[][] outputs, double[] targets, double[] weights, double tolerance = 1e-9)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = tensor(outputs.SelectMany(row => row).ToArray());
        output = outputs[0].Length == 1 ? output : output.reshape(outputs.Length, -1);
        Tensor target = tensor(targets);
        Tensor mean = loss.Mean(output, target, null);
        Assert.AreEqual(0, mean.dim());
        Assert.AreEqual(losses.Average(), mean.item<double>(), tolerance);
        Tensor weighted = loss.Mean(output, target, tensor(weights));
        Assert.AreEqual(0, weighted.dim());
        Assert.AreEqual(losses.Zip(weights, (one, weight) => one * weight).Average(), weighted.item<double>(), tolerance);
    }
}
