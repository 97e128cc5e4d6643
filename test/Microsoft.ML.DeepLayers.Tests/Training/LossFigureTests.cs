using Microsoft.ML.DeepLayers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Losses against figures that others have published: the worked examples of Keras 3 (keras/src/losses/losses_test.py) and of
/// TensorFlow Addons (tensorflow_addons/losses/tests). Where those start from probabilities, so do these: their logarithms, or
/// logits, are what the losses take.
/// </summary>
[TestClass]
public sealed class LossFigureTests
{
    private static readonly double[][] Targets = [[1, 9, 2], [-5, -2, 6]];

    private static readonly double[][] Outputs = [[4, 8, 12], [8, 1, 3]];

    private static readonly double[][] Classes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

    private static readonly double[][] Logits = [[8, 1, 1], [0, 9, 1], [2, 3, 5]];

    private static readonly double[][] Probabilities = [[0.9, 0.05, 0.05], [0.5, 0.89, 0.6], [0.05, 0.01, 0.94]];

    [TestMethod]
    public void Errors_of_numbers()
    {
        AssertMean(49.5, new MeanSquaredError(), Outputs, Targets);
        AssertMean(767.8 / 6, new MeanSquaredError(), Outputs, Targets, [1.2, 3.4]);
        AssertMean(5.5, new MeanAbsoluteError(), Outputs, Targets);
        AssertMean(81.4 / 6, new MeanAbsoluteError(), Outputs, Targets, [1.2, 3.4]);
        AssertMean(211.8518, new MeanAbsolutePercentageError(), Outputs, Targets, tolerance: 1e-3);
        AssertMean(422.8888, new MeanAbsolutePercentageError(), Outputs, Targets, [1.2, 3.4], 1e-3);
        AssertMean(1.4370, new MeanSquaredLogarithmicError(), Outputs, Targets, tolerance: 1e-3);
        AssertMean(3.7856, new MeanSquaredLogarithmicError(), Outputs, Targets, [1.2, 3.4], 1e-3);
        // Of the documentation: 0.155 and 0.108.
        AssertMean(0.155, new Huber(), [[0.6, 0.4], [0.4, 0.6]], [[0, 1], [0, 0]], tolerance: 1e-3);
        AssertMean(0.108, new LogCosh(), [[1, 1], [0, 0]], [[0, 1], [0, 0]], tolerance: 1e-3);
    }

    [TestMethod]
    public void Hinges()
    {
        double[][] outputs = [[0.6, 0.4], [0.4, 0.6]], labels = [[0, 1], [0, 0]];
        AssertEach([1.1, 1.5], new Hinge(), outputs, labels);
        AssertMean(0.55, new Hinge(), outputs, labels, [1, 0]);
        AssertEach([1.46, 2.26], new SquaredHinge(), outputs, labels);
        AssertEach([1.2, 1.6], new CategoricalHinge(), outputs, labels);
        // Labels that are -1 and 1 already stay.
        AssertEach([1.1, 1.5], new Hinge(), outputs, [[-1, 1], [-1, -1]]);
        AssertEach([1.46, 2.26], new SquaredHinge(), outputs, [[-1, 1], [-1, -1]]);
    }

    [TestMethod]
    public void Crossentropies_of_classes()
    {
        AssertMean(0.3239, new CategoricalCrossentropy(), Logarithms(Probabilities), Classes, tolerance: 1e-4);
        AssertEach([0.001822, 0.000459, 0.169846], new CategoricalCrossentropy(), Logits, Classes, 1e-6);
        AssertMean(0.31829, new CategoricalCrossentropy(), Logits, Classes, [1.2, 3.4, 5.6], 1e-5);
        AssertMean(400 * 0.1 / 3, new CategoricalCrossentropy(0.1f), [[100, -100, -100]], [[1, 0, 0]], tolerance: 1e-6);
        AssertMean(0.02059, new CategoricalFocalCrossentropy(), Logarithms(Probabilities), Classes, tolerance: 1e-5);
        AssertMean(0.06987, new CategoricalFocalCrossentropy(), Logarithms(Probabilities), Classes, [1.2, 3.4, 5.6], 1e-5);
        AssertEach([1.5096224e-09, 2.4136547e-11, 1.0360638e-03], new CategoricalFocalCrossentropy(), Logits, Classes, 1e-9);
        AssertMean(0.06685, new CategoricalFocalCrossentropy(labelSmoothing: 0.1f), [[4.9, -0.5, 2.05]], [[1, 0, 0]], tolerance: 1e-5);
        double[][] four = [[0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]];
        double expected = new[] { 0.7, 0.8, 0.6, 0.6 }.Average(p => (1 - Math.Pow(p, 0.5)) / 0.5);
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = new CategoricalGeneralizedCrossEntropy().Mean(Matrix(Logarithms(four)), tensor(new double[] { 0, 1, 0, 1 }), null);
        Assert.AreEqual(expected, loss.item<double>(), 1e-9);
    }

    [TestMethod]
    public void Crossentropies_of_two()
    {
        AssertMean(0.20046903, new BinaryCrossentropy(), LogitsOf([[0.9, 0.1, 0.2], [0.3, 0.8, 0.1], [0.1, 0.2, 0.7]]), Classes, tolerance: 1e-6);
        AssertMean(3.3333, new BinaryCrossentropy(), [[10, -10, 10], [10, 10, -10]], [[1, 0, 1], [0, 1, 1]], tolerance: 1e-4);
        AssertMean(10.5 / 3, new BinaryCrossentropy(0.1f), [[10, -10, -10]], [[1, 0, 1]], tolerance: 1e-4);
        double[][] probabilities = [[0.9, 0.8], [0.7, 0.2]], labels = [[1, 0], [1, 0]];
        AssertEach([0.515547, 0.020513], new BinaryFocalCrossentropy(), LogitsOf(probabilities), labels, 1e-6);
        AssertMean(0.34415, new BinaryFocalCrossentropy(), LogitsOf(probabilities), labels, [1.2, 3.4], 1e-3);
        AssertMean(0.799, new BinaryFocalCrossentropy(gamma: 3), [[1.5, -2.7, 2.9], [-3.8, 1.2, -4.5]], [[1, 1, 0], [0, 1, 0]], tolerance: 1e-3);
        AssertEach([0.330, 0.206], new BinaryFocalCrossentropy(), LogitsOf([[0.6, 0.4], [0.4, 0.6]]), [[0, 1], [0, 0]], 1e-3);
    }

    [TestMethod]
    public void Distributions()
    {
        double[][] rates = [[1, 9, 2], [5, 2, 6]], counts = [[4, 8, 12], [8, 1, 3]];
        double expected = rates.SelectMany(row => row).Zip(counts.SelectMany(row => row), (rate, count) => rate - (count * Math.Log(rate))).Average();
        AssertMean(expected, new Poisson(), Logarithms(rates), counts, tolerance: 1e-9);
        // Keras's example is no distribution; a softmax makes one of it, which adds Σ y · log Σ p.
        double[][] predicted = [[0.4, 0.9, 0.12], [0.36, 0.3, 0.4]], given = [[0.5, 0.8, 0.12], [0.7, 0.43, 0.8]];
        AssertEach(
            [.. predicted.Zip(given, (p, y) => p.Zip(y, (one, other) => other * Math.Log(other / one)).Sum() + (y.Sum() * Math.Log(p.Sum())))],
            new KLDivergence(), Logarithms(predicted), given);
    }

    [TestMethod]
    public void Directions()
    {
        AssertEach([0, -1, 1], new CosineSimilarity(), [[1, 0], [1, 1], [-1, -1]], [[0, 1], [1, 1], [1, 1]]);
        AssertEach([0, 0], new CosineSimilarity(), [[0, 0], [1, 1]], [[0, 1], [0, 0]]);
    }

    [TestMethod]
    public void Regions()
    {
        double[][] image = [[1, 1, 0, 0], [1, 1, 0, 0]], predicted = [[0, 1, 0, 1], [0.4, 0, 0, 0.9]];
        AssertEach([0.5, 0.75757575], new Dice(), predicted, image, 1e-6);
        AssertEach([0.5, 0.75757575], new Tversky(), predicted, image, 1e-6);
        AssertEach([0.5, 0.7222222], new Tversky(0.2f, 0.8f), predicted, image, 1e-6);
        AssertMean(-0.55555546, new Dice(), [[4, 1, 6, 1]], [[1, 2, 1, 2]], tolerance: 1e-6);
        AssertMean(-0.29629636, new Tversky(0.2f, 0.8f), [[4, 1, 6, 1]], [[1, 2, 1, 2]], tolerance: 1e-6);
    }

    [TestMethod]
    public void Sequences()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(Enumerable.Range(0, 24).Select(i => (i - 12) / 100.0).ToArray()).reshape(2, 4, 3);
        Assert.AreEqual(2.448645, new CTC().Mean(logits, Matrix([[1, 2, 1, 0], [1, 2, 0, 2]]), null).item<double>(), 1e-5);
    }

    [TestMethod]
    public void A_sequence_that_cannot_be_spelled_has_no_loss_and_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = zeros(2, 3, 3, ScalarType.Float64, requires_grad: true);
        // 1 1 1 needs blanks between, five steps; 1 2 1 needs three, in one way of 27.
        Tensor losses = new CTC().PerExample(logits, Matrix([[1, 1, 1], [1, 2, 1]]));
        losses.sum().backward();
        Assert.AreEqual(0, losses[0].item<double>());
        Assert.AreEqual(Math.Log(27), losses[1].item<double>(), 1e-9);
        Assert.AreEqual(0, logits.grad![0].abs().sum().item<double>());
        Assert.IsGreaterThan(0.1, logits.grad[1].abs().sum().item<double>());
    }

    [TestMethod]
    public void Pairs()
    {
        double[] labels = [0, 0, 1, 1, 0, 1], distances = [0.1, 0.3, 1.3, 0.7, 1.1, 0.5];
        using DisposeScope scope = NewDisposeScope();
        Assert.AreEqual(0.621666, new Contrastive().Mean(tensor(distances), tensor(labels), null).item<double>(), 1e-6);
        Assert.AreEqual(1.623333, new Contrastive(2).Mean(tensor(distances), tensor(labels), null).item<double>(), 1e-6);
        Assert.AreEqual(0.4425, new Contrastive().Mean(tensor(distances), tensor(labels), tensor(new[] { 1.2, 0.8, 0.5, 0.4, 1.5, 1 })).item<double>(), 1e-6);
    }

    [TestMethod]
    public void Circles()
    {
        double[][] embeddings =
        [
            [0.70014004, -0.42008403, 0.14002801, 0.56011203], [0.17609018, 0.70436073, -0.52827054, 0.44022545], [-0.34050261, 0.25537696, -0.68100522, 0.59587957],
            [0.32163376, -0.75047877, 0.53605627, -0.21442251], [0.51261459, -0.34174306, 0.17087153, 0.76892189],
        ];
        double[][] references =
        [
            [0.40824829, -0.54433105, 0.27216553, 0.68041382], [0.76376261, 0.10910895, -0.54554473, 0.32732684], [-0.74420841, 0.24806947, 0.49613894, -0.3721042],
            [0.52981294, -0.13245324, 0.79471941, -0.26490647], [0.54554473, -0.32732684, 0.10910895, 0.76376261], [-0.27216553, 0.68041382, 0.40824829, -0.54433105],
        ];
        using DisposeScope scope = NewDisposeScope();
        Tensor classes = tensor(new double[] { 1, 1, 2, 2, 3 });
        Assert.AreEqual(188.3883, new Circle().Mean(Matrix(embeddings), classes, null).item<double>(), 1e-3);
        Assert.AreEqual(652.7617, new Circle(256, 0.25f).Mean(Matrix(embeddings), classes, null).item<double>(), 1e-3);
        Assert.AreEqual(244.91918, new Circle().Mean(Matrix(embeddings), classes, tensor(new[] { 2, 2, 1, 1, 0.5 })).item<double>(), 1e-3);
        double[] losses = [.. new Circle().PerExample(Matrix(references), tensor(new double[] { 1, 1, 2, 2, 3, 4 })).data<double>()];
        // Of six examples, four have a loss.
        double[] expected = [82.9116, 36.7942, 92.4590, 52.6798, 0, 0];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i] * 6 / 4, losses[i], 1e-3);
        }
    }

    [TestMethod]
    public void A_batch_without_triplets_has_no_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        Loss[] losses = [new TripletSemiHard(), new TripletHard(), new TripletHard(soft: true), new Circle()];
        foreach ((Loss loss, double[] classes) in losses.SelectMany(loss => new[] { (loss, new double[] { 1, 1, 1 }), (loss, new double[] { 1, 2, 3 }), (loss, [1]) }))
        {
            Tensor embeddings = rand(classes.Length, 4, ScalarType.Float64, requires_grad: true);
            Tensor mean = loss.Mean(embeddings, tensor(classes), null);
            mean.backward();
            Assert.AreEqual(0, mean.item<double>(), loss.ToString());
            Assert.AreEqual(0, embeddings.grad!.abs().sum().item<double>(), loss.ToString());
        }
    }

    private static void AssertMean(double expected, Loss loss, double[][] outputs, double[][] labels, double[]? weights = null, double tolerance = 1e-6)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? given = weights is null ? null : tensor(weights);
        Assert.AreEqual(expected, loss.Mean(Matrix(outputs), Matrix(labels), given).item<double>(), tolerance, loss.ToString());
    }

    private static void AssertEach(double[] expected, Loss loss, double[][] outputs, double[][] labels, double tolerance = 1e-6)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] actual = [.. loss.PerExample(Matrix(outputs), Matrix(labels)).data<double>()];
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance, $"{loss}, example {i}");
        }
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray()).reshape(rows.Length, -1);

    private static double[][] Logarithms(double[][] rows) => [.. rows.Select(row => row.Select(value => Math.Log(value)).ToArray())];

    private static double[][] LogitsOf(double[][] rows) => [.. rows.Select(row => row.Select(p => Math.Log(p / (1 - p))).ToArray())];
}
