using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Activations against their formulas in plain C#, far beyond where they saturate.</summary>
[TestClass]
public sealed class ActivationReferenceTests
{
    // From -7.91 to 8, and on none of the kinks.
    private static readonly double[] Grid = [.. Enumerable.Range(0, 44).Select(i => -7.91 + (0.37 * i))];

    private static readonly Dictionary<string, (Activation Activation, Func<double, double> Formula)> Elementwise = new()
    {
        ["relu"] = (Activation.ReLU, x => Math.Max(x, 0)),
        ["relu6"] = (Activation.ReLU6, x => Math.Min(Math.Max(x, 0), 6)),
        ["relu, max"] = (new ReLUActivation(maxValue: 2.5f), x => Math.Min(Math.Max(x, 0), 2.5)),
        ["relu, slope"] = (new ReLUActivation(negativeSlope: 0.25f), x => x > 0 ? x : 0.25 * x),
        ["relu, threshold"] = (new ReLUActivation(threshold: 1.5f), x => x > 1.5 ? x : 0),
        ["relu, slope and max"] = (new ReLUActivation(0.25f, 2.5f), x => x > 0 ? Math.Min(x, 2.5) : 0.25 * x),
        ["relu, threshold and max"] = (new ReLUActivation(maxValue: 2.5f, threshold: 1.5f), x => x > 1.5 ? Math.Min(x, 2.5) : 0),
        ["relu, slope and threshold"] = (new ReLUActivation(0.25f, null, 1.5f), x => x > 1.5 ? x : 0.25 * (x - 1.5)),
        ["relu, all"] = (new ReLUActivation(0.25f, 2.5f, 1.5f), x => x > 1.5 ? Math.Min(x, 2.5) : 0.25 * (x - 1.5)),
        ["gelu, approximate"] = (new GELUActivation(approximate: true), x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))),
        ["celu"] = (Activation.CELU(0.5f), x => Math.Max(0, x) + Math.Min(0, 0.5 * (Math.Exp(x / 0.5) - 1))),
        ["hard sigmoid"] = (Activation.HardSigmoid, x => Math.Clamp((x / 6) + 0.5, 0, 1)),
        ["hard silu"] = (Activation.HardSiLU, x => x * Math.Clamp((x / 6) + 0.5, 0, 1)),
        ["hard tanh"] = (Activation.HardTanh, x => Math.Clamp(x, -1, 1)),
        ["hard shrink"] = (Activation.HardShrink(), x => Math.Abs(x) > 0.5 ? x : 0),
        ["hard shrink, wide"] = (Activation.HardShrink(1.5f), x => Math.Abs(x) > 1.5 ? x : 0),
        ["soft shrink"] = (Activation.SoftShrink(), x => Math.Sign(x) * Math.Max(Math.Abs(x) - 0.5, 0)),
        ["soft shrink, wide"] = (Activation.SoftShrink(1.5f), x => Math.Sign(x) * Math.Max(Math.Abs(x) - 1.5, 0)),
        ["tanh shrink"] = (Activation.TanhShrink, x => x - Math.Tanh(x)),
        ["threshold"] = (Activation.Threshold(1.5f, -0.25f), x => x > 1.5 ? x : -0.25),
        ["threshold below 0"] = (Activation.Threshold(-1.5f, 3), x => x > -1.5 ? x : 3),
        ["log sigmoid"] = (Activation.LogSigmoid, x => -Math.Log(1 + Math.Exp(-x))),
        ["exponential"] = (Activation.Exponential, Math.Exp),
        ["squareplus"] = (Activation.Squareplus(), x => (x + Math.Sqrt((x * x) + 4)) / 2),
        ["squareplus, sharp"] = (Activation.Squareplus(0.25f), x => (x + Math.Sqrt((x * x) + 0.25)) / 2),
        ["sparse plus"] = (Activation.SparsePlus, x => x <= -1 ? 0 : x >= 1 ? x : (x + 1) * (x + 1) / 4),
        ["sparse sigmoid"] = (Activation.SparseSigmoid, x => x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
    };

    public static IEnumerable<string> Names => Elementwise.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Values_are_those_of_the_formula(string name)
    {
        (Activation activation, Func<double, double> formula) = Elementwise[name];
        double[] expected = [.. Grid.Select(formula)];
        using var harness = new LayerHarness([new ActivationLayer(activation)], new Shape(Grid.Length));
        Values input = Values.Of(Grid, 1, Grid.Length);
        NumberAssert.AreClose(expected, harness.RunTorch(input).Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(input).Data, 1e-6, "ONNX Runtime");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Slopes_are_those_of_the_formula(string name)
    {
        (Activation activation, Func<double, double> formula) = Elementwise[name];
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(Grid).requires_grad_();
        activation.Apply(x).sum().backward();
        double[] slopes = Values.From(x.grad!).Data;
        for (int i = 0; i < Grid.Length; i++)
        {
            double expected = (formula(Grid[i] + 1e-6) - formula(Grid[i] - 1e-6)) / 2e-6;
            NumberAssert.AreClose(expected, slopes[i], 1e-6, 1e-6, $"the slope at {Grid[i]}");
        }
    }

    /// <summary>What Keras's documentation says of its functions.</summary>
    [TestMethod]
    public void Relu_as_in_the_examples_of_keras()
    {
        double[] input = [-10, -5, 0, 5, 10];
        AssertGives(new ReLU(), input, [0, 0, 0, 5, 10]);
        AssertGives(new ReLU(negativeSlope: 0.5f), input, [-5, -2.5, 0, 5, 10]);
        AssertGives(new ReLU(maxValue: 5), input, [0, 0, 0, 5, 5]);
        AssertGives(new ReLU(threshold: 5), input, [0, 0, 0, 0, 10]);
        AssertGives(new ReLU(10, 0.5f), input, [-5, -2.5, 0, 5, 10]);
        AssertGives(new LeakyReLU(), input, [-3, -1.5, 0, 5, 10]);
        AssertGives(new ELU(2), input, [2 * (Math.Exp(-10) - 1), 2 * (Math.Exp(-5) - 1), 0, 5, 10]);
    }

    [TestMethod]
    public void Glu_gates_the_first_half_by_the_second()
    {
        double S(double x) => 1 / (1 + Math.Exp(-x));
        AssertGives(new ActivationLayer(Activation.GLU), [1, 2, 3, 4], [1 * S(3), 2 * S(4)]);
        // [2, 2, 2]: pairs of rows along axis 1.
        AssertGives(
            new ActivationLayer(new GLUActivation(1)), [1, 2, 3, 4, 5, 6, 7, 8], [1 * S(5), 2 * S(6), 3 * S(7), 4 * S(8)], 2, 2, 2);
        Assert.AreEqual(new Shape(5, 3), new Dense(6, Activation.GLU).ComputeOutputShape(new Shape(5, 2)));
        Assert.AreEqual(new Shape(4, 4, 2), new Conv2D(4, 2, activation: Activation.GLU).ComputeOutputShape(new Shape(5, 5, 1)));
        var error = Assert.ThrowsExactly<LayerShapeException>(() => new Dense(5, Activation.GLU).ComputeOutputShape(new Shape(2)));
        Assert.Contains("GLU", error.Message);
    }

    [TestMethod]
    public void Axes_count_from_1_behind_the_batch()
    {
        double[] input = [1, 2, 4, 0, -1, 3];
        double[] exponentials = [.. input.Select(Math.Exp)];
        double[] columns = [.. exponentials.Select((value, i) => value / (exponentials[i % 3] + exponentials[(i % 3) + 3]))];
        double[] rows = [.. exponentials.Select((value, i) => value / exponentials.Chunk(3).ElementAt(i / 3).Sum())];
        double[] all = [.. exponentials.Select(value => value / exponentials.Sum())];
        AssertGives(new ActivationLayer(Activation.Softmax), input, rows, 2, 3);
        AssertGives(new ActivationLayer(new SoftmaxActivation(2)), input, rows, 2, 3);
        AssertGives(new ActivationLayer(new SoftmaxActivation(1)), input, columns, 2, 3);
        AssertGives(new ActivationLayer(Activation.LogSoftmax), input, [.. rows.Select(value => Math.Log(value))], 2, 3);
        AssertGives(new ActivationLayer(new LogSoftmaxActivation(-2)), input, [.. columns.Select(value => Math.Log(value))], 2, 3);
        AssertGives(new Softmax(), input, rows, 2, 3);
        AssertGives(new Softmax([1]), input, columns, 2, 3);
        AssertGives(new Softmax([1, 2]), input, all, 2, 3);
        AssertGives(new Softmax([-1, -2]), input, all, 2, 3);
    }

    [TestMethod]
    public void Softmax_of_large_numbers_does_not_overflow()
    {
        double small = 1 / (1 + Math.E);
        AssertGives(new Softmax([1, 2]), [1000, 1001], [small, 1 - small], 1, 2);
        AssertGives(new Softmax(), [1000, 1001], [small, 1 - small], 1, 2);
    }

    [TestMethod]
    public void Masked_steps_take_no_part_in_a_softmax_over_steps()
    {
        using var harness = new LayerHarness([new Softmax([1])], new Shape(3, 2));
        var arguments = new LayerArguments([Values.Of([1, 5, 9, 9, 2, 4], 1, 3, 2)], [Values.Of([1, 0, 1], 1, 3)]);
        double S(double x) => 1 / (1 + Math.Exp(-x));
        double[] expected = [S(-1), S(1), 0, 0, S(1), S(-1)];
        NumberAssert.AreClose(expected, harness.RunTorch(arguments).Outputs[0].Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(arguments).Outputs[0].Data, 1e-6, "ONNX Runtime");

        // Numbers one a step; and, all masked, none left out.
        using var scores = new LayerHarness([new Softmax()], new Shape(3));
        arguments = new LayerArguments([Values.Of([1, 9, 2, 1, 2, 3], 2, 3)], [Values.Of([1, 0, 1, 0, 0, 0], 2, 3)]);
        expected = [S(-1), 0, S(1), 1 / 3.0, 1 / 3.0, 1 / 3.0];
        NumberAssert.AreClose(expected, scores.RunTorch(arguments).Outputs[0].Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, scores.RunOnnx(arguments).Outputs[0].Data, 1e-6, "ONNX Runtime");
    }

    /// <summary>By bisection, which needs no sorting: the sum of max(x - τ, 0) falls as τ grows, and is to be 1.</summary>
    [TestMethod]
    public void Sparsemax_is_the_distribution_that_a_threshold_leaves()
    {
        double[][] rows = [[1, 1, 0], [3, 0, 1], [0.1, 0.2, 0.3], [-5, -5.2, -5.9], [0, 0, 0]];
        double[] expected = [.. rows.SelectMany(row =>
        {
            double low = row.Min() - 1, high = row.Max();
            for (int i = 0; i < 200; i++)
            {
                double middle = (low + high) / 2;
                (low, high) = row.Sum(x => Math.Max(x - middle, 0)) > 1 ? (middle, high) : (low, middle);
            }

            return row.Select(x => Math.Max(x - low, 0));
        })];
        NumberAssert.AreClose([0.5, 0.5, 0, 1, 0, 0], expected[..6], 1e-12, "by hand");
        AssertGives(new ActivationLayer(Activation.Sparsemax), [.. rows.SelectMany(row => row)], expected, 5, 3);
        double[] turned = [.. Enumerable.Range(0, 15).Select(i => rows[i % 5][i / 5])];
        AssertGives(new ActivationLayer(new SparsemaxActivation(1)), turned, [.. Enumerable.Range(0, 15).Select(i => expected[(i % 5 * 3) + (i / 5)])], 3, 5);
    }

    [TestMethod]
    public void Slopes_of_prelu_are_shared_along_axes()
    {
        double[] input = [-1, 2, -3, -4, 5, -6, -7, -8];
        using (var own = new LayerHarness([new PReLU()], new Shape(2, 2, 2), fill: _ => [1, 2, 3, 4, 5, 6, 7, 8]))
        {
            Assert.AreEqual(new Shape(2, 2, 2), new PReLU().GetWeights(new Shape(2, 2, 2))[0].Shape);
            NumberAssert.AreClose([-1, 2, -9, -16, 5, -36, -49, -64], own.RunTorch(Values.Of(input, 1, 2, 2, 2)).Data, 0);
        }

        var layer = new PReLU(sharedAxes: [1, 2]);
        Assert.AreEqual(new Shape(1, 1, 2), layer.GetWeights(new Shape(2, 2, 2))[0].Shape);
        using var shared = new LayerHarness([layer], new Shape(2, 2, 2), fill: _ => [0.5f, 10]);
        double[] expected = [-0.5, 2, -1.5, -40, 5, -60, -3.5, -80];
        NumberAssert.AreClose(expected, shared.RunTorch(Values.Of(input, 1, 2, 2, 2)).Data, 0);
        NumberAssert.AreClose(expected, shared.RunOnnx(Values.Of(input, 1, 2, 2, 2)).Data, 0);
        NumberAssert.AreClose([0, 2, 0, 0, 5, 0, 0, 0], Initial(new PReLU(), input), 0, "slopes start at 0");
    }

    private static double[] Initial(Layer layer, double[] input)
    {
        using var harness = new LayerHarness([layer], new Shape(input.Length), fill: InitialWeights.Of);
        return harness.RunTorch(Values.Of(input, 1, input.Length)).Data;
    }

    private static void AssertGives(Layer layer, double[] input, double[] expected, params int[] shape)
    {
        Shape of = shape.Length == 0 ? new Shape(input.Length) : new Shape(shape);
        using var harness = new LayerHarness([layer], of);
        NumberAssert.AreClose(expected, harness.RunTorch(Values.Of(input, of.WithBatch(1))).Data, 1e-6, $"{layer}, libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(Values.Of(input, of.WithBatch(1))).Data, 1e-6, $"{layer}, ONNX Runtime");
    }
}
