using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class ExampleMixingTests
{
    [TestMethod]
    public void Mixup_mixes_each_example_with_its_partner_by_one_share()
    {
        using DisposeScope scope = NewDisposeScope();
        BatchTensorSet batch = Vectors();
        ExampleMixing mixing = ExampleMixing.Create(Plan(new() { MixUpAlpha = 1 }, [new Input(2)], [2]))!;
        for (int step = 0; step < 20; step++)
        {
            MixedBatch mixed = mixing.Mix(batch, step);
            float[] x = [.. batch.Inputs[0].data<float>()], output = [.. mixed.Inputs[0].data<float>()], partners = [.. mixed.PartnerLabels[0].data<float>()];
            CollectionAssert.AreEquivalent(new float[] { 0, 1, 2, 3 }, partners);
            CollectionAssert.AreEqual(partners.Select(partner => 10 * partner).ToArray(), mixed.PartnerWeights!.data<float>().ToArray());
            for (int i = 0; i < 8; i++)
            {
                float partner = x[((int)partners[i / 2] * 2) + (i % 2)];
                Assert.AreEqual((mixed.Share * x[i]) + ((1 - mixed.Share) * partner), output[i], 1e-5);
            }
        }
    }

    [TestMethod]
    public void Cutmix_puts_a_rectangle_of_the_partner_in_and_the_share_is_the_area_that_is_left()
    {
        using DisposeScope scope = NewDisposeScope();
        // Each image is filled with its number, which is its label as well.
        Tensor labels = arange(0, 4, ScalarType.Float32);
        Tensor images = labels.view(4, 1, 1, 1).expand(4, 10, 8, 2).contiguous();
        var batch = new BatchTensorSet([images], [labels], null);
        ExampleMixing mixing = ExampleMixing.Create(Plan(new() { CutMixAlpha = 1 }, [new Input(10, 8, 2)], [10, 8, 2]))!;
        var shares = new List<double>();
        for (int step = 0; step < 200; step++)
        {
            MixedBatch mixed = mixing.Mix(batch, step);
            float[] output = [.. mixed.Inputs[0].data<float>()], partners = [.. mixed.PartnerLabels[0].data<float>()];
            Assert.IsNull(mixed.PartnerWeights);
            shares.Add(mixed.Share);
            for (int i = 0; i < 4; i++)
            {
                int[] pasted = [.. Enumerable.Range(0, 80).Where(pixel => output[(((i * 80) + pixel) * 2) + 1] != i)];
                if (partners[i] != i)
                {
                    Assert.AreEqual(1 - (pasted.Length / 80.0), mixed.Share, 1e-9);
                    Assert.IsTrue(pasted.All(pixel => output[((i * 80) + pixel) * 2] == partners[i]));
                }

                if (pasted.Length > 0)
                {
                    int area = (pasted.Max(pixel => pixel / 8) - pasted.Min(pixel => pixel / 8) + 1) * (pasted.Max(pixel => pixel % 8) - pasted.Min(pixel => pixel % 8) + 1);
                    Assert.AreEqual(area, pasted.Length, "not a rectangle");
                }
            }
        }

        Assert.IsGreaterThan(10, shares.Distinct().Count());
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3 }, images.amax([1, 2, 3]).data<float>().ToArray(), "The batch itself is not to change.");
    }

    /// <summary>Of Beta(a, a): mean one half, variance 1 / (4 (2 a + 1)).</summary>
    [TestMethod]
    [DataRow(0.2f)]
    [DataRow(1f)]
    [DataRow(4f)]
    public void Shares_follow_the_distribution_Beta(float alpha)
    {
        using DisposeScope scope = NewDisposeScope();
        ExampleMixing mixing = ExampleMixing.Create(Plan(new() { MixUpAlpha = alpha }, [new Input(2)], [2]))!;
        BatchTensorSet batch = Vectors();
        double[] shares = [.. Enumerable.Range(0, 3000).Select(number => Share(mixing, batch, number))];
        double variance = 1 / (4 * ((2 * alpha) + 1));
        Assert.AreEqual(0.5, shares.Average(), 4 * Math.Sqrt(variance / 3000));
        Assert.AreEqual(variance, shares.Average(share => Math.Pow(share - 0.5, 2)), 0.1 * variance);

        static double Share(ExampleMixing mixing, BatchTensorSet batch, int number)
        {
            using DisposeScope step = NewDisposeScope();
            return mixing.Mix(batch, number).Share;
        }
    }

    [TestMethod]
    public void The_loss_is_mixed_as_the_examples_are()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = tensor(new float[] { 1, 2 }).view(2, 1), labels = tensor(new float[] { 0, 4 }), weights = tensor(new float[] { 1, 2 });
        var objective = new Objective(PredictionTask.Regression, new MeanSquaredError(), []);
        var mixed = new MixedBatch([], [tensor(new float[] { 4, 0 })], tensor(new float[] { 2, 1 }), 0.75);
        // Own: (1 · 1 + 2 · 4) / 2 = 4.5; partners': (2 · 9 + 1 · 4) / 2 = 11.
        Tensor loss = ExampleMixing.Loss(objective, new ComparedOutput(objective, output, labels), new BatchTensorSet([], [labels], weights), 0, mixed);
        Assert.AreEqual((0.75 * 4.5) + (0.25 * 11), loss.item<float>(), 1e-6);
        Assert.AreEqual(4.5, ExampleMixing.Loss(objective, new ComparedOutput(objective, output, labels), new BatchTensorSet([], [labels], weights), 0, null).item<float>(), 1e-6);
    }

    /// <summary>
    /// A step of one linear unit on the squared error, written out: mixed inputs in, mixed losses, and metrics of the output
    /// for the mixed inputs against the examples' own labels.
    /// </summary>
    [TestMethod]
    public void A_step_of_training_is_as_written_out()
    {
        Rows rows = Rows.Line(8);
        var options = new NeuralNetworkOptions { Epochs = 1, BatchSize = 8, Shuffle = false, Optimizer = new SGD(0.1f), MixUpAlpha = 1 };
        var start = new NetworkWeights(
        [
            new WeightTensor("output/kernel", new Shape(3, 1), new float[] { 0.3f, -0.2f, 0.1f }), new WeightTensor("output/bias", new Shape(1), new float[] { 0.5f }),
        ]);
        TestRun run = new() { Training = rows, InitialWeights = start, Options = options };
        TrainingResult result = run.Train();

        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(rows.Features.SelectMany(features => features).ToArray()).view(8, 3);
        MixedBatch mixed = ExampleMixing.Create(Plan(options, [new Input(3)], [3]))!.Mix(new BatchTensorSet([x], [tensor(rows.Labels)], null), 0);
        float[] inputs = [.. mixed.Inputs[0].data<float>()], partners = [.. mixed.PartnerLabels[0].data<float>()];
        double[] weights = [0.3f, -0.2f, 0.1f, 0.5], gradient = new double[4];
        double loss = 0, error = 0;
        for (int row = 0; row < 8; row++)
        {
            float[] features = inputs[(row * 3)..((row * 3) + 3)];
            double output = LinearModel.Predict(weights, features), own = output - rows.Labels[row], other = output - partners[row];
            loss += ((mixed.Share * own * own) + ((1 - mixed.Share) * other * other)) / 8;
            error += Math.Abs(own) / 8;
            for (int i = 0; i < 4; i++)
            {
                gradient[i] += 2 * ((mixed.Share * own) + ((1 - mixed.Share) * other)) * (i < 3 ? features[i] : 1) / 8;
            }
        }

        Assert.AreEqual(loss, result.History["loss"][0], 1e-5);
        Assert.AreEqual(error, result.History["mae"][0], 1e-5);
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(weights[i] - (0.1 * gradient[i]), result.Weights["output/kernel"].Values.Span[i], 1e-5);
        }

        Assert.AreEqual(weights[3] - (0.1 * gradient[3]), result.Weights["output/bias"].Values.Span[0], 1e-5);
        Assert.IsTrue(mixed.Share is > 0.01 and < 0.99, "This seed mixes next to nothing.");
    }

    [TestMethod]
    public void The_seed_decides_and_classes_are_learned()
    {
        Rows rows = Rows.Make(200, 2, x => x[0] > x[1] ? 1 : 0);
        TestRun run = new()
        {
            Training = rows,
            Head = new BinaryHead(),
            Body = [new Dense(8, Activation.Tanh)],
            Validation = Rows.Make(100, 2, x => x[0] > x[1] ? 1 : 0, seed: 2),
            Options = new() { Epochs = 15, Optimizer = new Adam(0.05f), MixUpAlpha = 0.3f },
        };
        TrainingResult result = run.Train();
        WeightAssert.AreEqual(result.Weights, run.Train().Weights);
        WeightAssert.AreNotEqual(result.Weights, (run with { Seed = 2 }).Train().Weights);
        Assert.IsGreaterThan(0.93, result.History["val_accuracy"][^1]);
    }

    [TestMethod]
    public void Both_ways_take_turns_by_chance()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = arange(0, 4, ScalarType.Float32);
        var batch = new BatchTensorSet([labels.view(4, 1, 1, 1).expand(4, 6, 6, 1).contiguous()], [labels], null);
        ExampleMixing mixing = ExampleMixing.Create(Plan(new() { MixUpAlpha = 1, CutMixAlpha = 1 }, [new Input(6, 6, 1)], [6, 6, 1]))!;
        // A pasted pixel is a whole number, a mixed one in general not.
        int cuts = Enumerable.Range(0, 200).Count(number => mixing.Mix(batch, number).Inputs[0].frac().eq(0).all().item<bool>());
        Assert.AreEqual(105, cuts, 40);
    }

    [TestMethod]
    public void What_cannot_be_mixed_is_refused()
    {
        Assert.IsNull(ExampleMixing.Create(Plan(new(), [new Input(2)], [2])));
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => ExampleMixing.Create(Plan(new() { CutMixAlpha = 1 }, [new Input(3)], [3]))).Message,
            "CutMixAlpha needs images [height, width, channels] of one size as inputs, but the network has [3].");
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => ExampleMixing.Create(Plan(new() { MixUpAlpha = 1 }, [new Input(3), new Embedding(4, 2)], [3]))).Message,
            "the layer 'embedding' reads an input as categories");
        foreach (float alpha in new[] { -0.1f, float.NaN, float.PositiveInfinity })
        {
            Assert.AreEqual("MixUpAlpha", Assert.Throws<ArgumentException>(() => new NeuralNetworkOptions { MixUpAlpha = alpha }.Validate()).ParamName);
            Assert.AreEqual("CutMixAlpha", Assert.Throws<ArgumentException>(() => new NeuralNetworkOptions { CutMixAlpha = alpha }.Validate()).ParamName);
        }
    }

    private static BatchTensorSet Vectors() => new(
        [tensor(new float[] { 1, 5, 2, -3, 7, 0.5f, -4, 9 }).view(4, 2)], [arange(0, 4, ScalarType.Float32)], arange(0, 4, ScalarType.Float32).mul(10));

    private static TrainingPlan Plan(NeuralNetworkOptions options, Sequential body, int[] input)
    {
        NetworkGraph graph = body.Graph;
        return new TrainingPlan
        {
            Graph = graph,
            Shapes = graph.InferShapes([new Shape(input)]),
            Objectives = [new RegressionHead().Objective],
            Examples = null!,
            Options = options,
            Seed = 1,
            Device = CPU,
            Log = _ => { },
            CheckAlive = () => { },
        };
    }
}
