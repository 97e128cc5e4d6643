using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Tests.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Regularizers and constraints: by their formulas, along Keras's axes, and in training.</summary>
[TestClass]
public sealed class WeightRuleTests
{
    [TestMethod]
    public void Penalties_are_those_of_the_formulas()
    {
        // |w| sums to 10, w² to 30.
        Assert.AreEqual(0.1, Penalty(new L1(), [1, -2, 3, -4]), 1e-7);
        Assert.AreEqual(5, Penalty(new L1(0.5f), [1, -2, 3, -4]), 1e-6);
        Assert.AreEqual(0.3, Penalty(new L2(), [1, -2, 3, -4]), 1e-6);
        Assert.AreEqual(15, Penalty(new L2(0.5f), [1, -2, 3, -4]), 1e-6);
        Assert.AreEqual(5 + 7.5, Penalty(new L1L2(0.5f, 0.25f), [1, -2, 3, -4]), 1e-6);
        Assert.AreEqual(0, Penalty(new L1L2(), [1, -2, 3, -4]));
    }

    [TestMethod]
    public void Orthogonal_vectors_cost_nothing_and_others_their_mean_cosine()
    {
        Assert.AreEqual(0, Penalty(new OrthogonalRegularizer(1), [3, 4, -4, 3], 2, 2), 1e-6);
        // Rows (3, 4), (1, 0), (0, -2): cosines 0.6, -0.8 and 0, of which the mean size is 1.4 / 3.
        double[] three = [3, 4, 1, 0, 0, -2];
        Assert.AreEqual(1.4 / 3, Penalty(new OrthogonalRegularizer(1), three, 3, 2), 1e-6);
        Assert.AreEqual(0.01 * 1.4 / 3, Penalty(new OrthogonalRegularizer(), three, 3, 2), 1e-6);
        // Columns (3, 1, 0), (4, 0, -2): 12 / (sqrt(10) · sqrt(20)).
        Assert.AreEqual(12 / Math.Sqrt(200), Penalty(new OrthogonalRegularizer(1, OrthogonalMode.Columns), three, 3, 2), 1e-6);
        Assert.AreEqual(0, Penalty(new OrthogonalRegularizer(1), [1, 2], 1, 2));
        Assert.AreEqual(0, Penalty(new OrthogonalRegularizer(1), [1, 2, 0, 0], 2, 2), "a vector of zeros has no direction");
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Penalty(new OrthogonalRegularizer(), [1, 2]));
        Assert.Contains("[2]", error.Message);
    }

    [TestMethod]
    public void Constraints_are_those_of_the_formulas()
    {
        // Columns of norm 5, 1 and 0.
        double[] weight = [3, 0, 0, -4, 1, 0];
        NumberAssert.AreClose([0, 1, 2], Project(new NonNeg(), [-3, 1, 2], 3), 0);
        NumberAssert.AreClose([1.2, 0, 0, -1.6, 1, 0], Project(new MaxNorm(), weight, 2, 3), 1e-6);
        NumberAssert.AreClose([0.6, 0, 0, -0.8, 1, 0], Project(new UnitNorm(), weight, 2, 3), 1e-6);
        NumberAssert.AreClose([1.8, 0, 0, -2.4, 2, 0], Project(new MinMaxNorm(2, 3), weight, 2, 3), 1e-6);
        NumberAssert.AreClose([0.6, 0, 0, -0.8, 1, 0], Project(new MinMaxNorm(), weight, 2, 3), 1e-6);
        // Half of the way: norms 5 to 4 and 1 to 1.5.
        NumberAssert.AreClose([2.4, 0, 0, -3.2, 1.5, 0], Project(new MinMaxNorm(2, 3, 0.5f), weight, 2, 3), 1e-6);
        // Along the rows, of norm 3 and sqrt(17).
        double second = 2 / Math.Sqrt(17);
        NumberAssert.AreClose([2, 0, 0, -4 * second, second, 0], Project(new MaxNorm(axis: [1]), weight, 2, 3), 1e-6);
        NumberAssert.AreClose([2, 0, 0, -4 * second, second, 0], Project(new MaxNorm(axis: [-1]), weight, 2, 3), 1e-6);
        double all = 2 / Math.Sqrt(26);
        NumberAssert.AreClose(weight.Select(value => value * all).ToArray(), Project(new MaxNorm(axis: [0, 1]), weight, 2, 3), 1e-6);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Project(new MaxNorm(axis: [0, 1, 2]), weight, 2, 3));
        Assert.Contains("[0, 1, 2]", error.Message);
        Assert.Contains("[2, 3]", error.Message);
    }

    /// <summary>Axes 0, 1, 2 of Keras's kernel [height, width, channels, filters] give one norm a filter.</summary>
    [TestMethod]
    public void Axes_of_a_convolution_are_those_of_keras()
    {
        AssertScaled(new Conv2D(3, (2, 4)).GetWeights(new Shape(5, 5, 2))[0], new MaxNorm(1, [0, 1, 2]), place => place[0]);
        AssertScaled(new Conv1D(3, 4).GetWeights(new Shape(5, 2))[0], new MaxNorm(1, [0, 1]), place => place[0]);
        // Axis 0 alone is the height: stored last but one.
        AssertScaled(new Conv2D(3, (2, 4)).GetWeights(new Shape(5, 5, 2))[0], new MaxNorm(0.5f), place => (((place[0] * 2) + place[1]) * 4) + place[3]);
    }

    /// <summary>Axis 0 of Keras's kernels [features, gates · units] and [units, gates · units] gives one norm a gate's unit.</summary>
    [TestMethod]
    public void Axes_of_a_recurrent_kernel_are_those_of_keras()
    {
        foreach (RecurrentLayer layer in new RecurrentLayer[] { new LSTM(3), new GRU(3), new SimpleRNN(3) })
        {
            IReadOnlyList<WeightSpec> specs = layer.GetWeights([new Shape(5, 2)]);
            AssertScaled(specs[0], new MaxNorm(0.5f), place => place[0]);
            AssertScaled(specs[1], new MaxNorm(0.5f), place => place[0]);
            AssertScaled(specs[1], new MaxNorm(0.5f, [1]), place => place[1]);
        }

        // Rows in Keras are columns as stored.
        WeightSpec kernel = new SimpleRNN(3).GetWeights([new Shape(5, 2)])[0] with { Regularizer = new OrthogonalRegularizer(1) };
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = tensor(new double[] { 3, 4, 1, 0, 0, -2 }).reshape(3, 2);
        Assert.AreEqual(12 / Math.Sqrt(200), kernel.Penalty(stored).item<double>(), 1e-6);
    }

    [TestMethod]
    public void Layers_hand_their_rules_to_their_weights()
    {
        Regularizer one = new L1(1), other = new L2(2);
        Constraint first = new NonNeg(), second = new MaxNorm();
        string Rules(Layer layer, params int[] input) => string.Join(' ', layer.GetWeights([input]).Select(spec =>
            $"{spec.Name}:{(spec.Regularizer == one ? 1 : spec.Regularizer == other ? 2 : 0)}{(spec.Constraint == first ? 1 : spec.Constraint == second ? 2 : 0)}"));
        Assert.AreEqual("kernel:11 bias:22", Rules(new Dense(2, null, true, null, null, one, other, first, second), 3));
        Assert.AreEqual("embeddings:21", Rules(new Embedding(2, 3, null, other, first), 3));
        Assert.AreEqual(
            "gamma:22 beta:11 moving_mean:00 moving_variance:00",
            Rules(new BatchNormalization(betaRegularizer: one, gammaRegularizer: other, betaConstraint: first, gammaConstraint: second), 3));
        Assert.AreEqual("alpha:12", Rules(new PReLU(null, one, second), 3));
        Assert.AreEqual("kernel:00 bias:00", Rules(new Dense(2), 3));
    }

    /// <summary>A step of gradient descent goes further by rate · 2 · factor · w, or rate · factor · sign(w), and the loss is larger by the penalty.</summary>
    [TestMethod]
    public void Training_counts_the_penalties_of_weights()
    {
        float[] kernel = [0.3f, -0.2f, 0.1f];
        TestRun plain = Linear(new Dense(1), kernel, 0.5f, 1), regularized = Linear(
            new Dense(1, kernelRegularizer: new L2(0.25f), biasRegularizer: new L1(0.125f)), kernel, 0.5f, 1);
        (TrainingResult expected, TrainingResult actual) = (plain.Train(), regularized.Train());
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(expected.Weights["dense/kernel"].Values.Span[i] - (Rate * 2 * 0.25 * kernel[i]), actual.Weights["dense/kernel"].Values.Span[i], 1e-6);
        }

        Assert.AreEqual(expected.Weights["dense/bias"].Values.Span[0] - (Rate * 0.125), actual.Weights["dense/bias"].Values.Span[0], 1e-6);
        double penalty = (0.25 * (0.09 + 0.04 + 0.01)) + (0.125 * 0.5);
        Assert.AreEqual(expected.History["loss"][0] + penalty, actual.History["loss"][0], 1e-6);
    }

    /// <summary>With 20 examples, outputs of 0.5 alone: the penalty is not divided by their number (as it was in Keras 2).</summary>
    [TestMethod]
    public void Training_counts_the_penalty_of_outputs()
    {
        TestRun plain = Linear(new Dense(1), [0, 0, 0], 0.5f, 1), regularized = Linear(
            new Dense(1) { ActivityRegularizer = new L2(0.01f) }, [0, 0, 0], 0.5f, 1);
        Assert.AreEqual(plain.Train().History["loss"][0] + (0.01 * 20 * 0.25), regularized.Train().History["loss"][0], 1e-5);
    }

    [TestMethod]
    public void Constrained_weights_are_brought_back_after_every_step()
    {
        float[] kernel = [0.3f, -0.2f, 0.1f];
        float[] free = Linear(new Dense(1), kernel, 0.5f, 1).Train().Weights["dense/kernel"].Values.ToArray();
        double norm = Math.Sqrt(free.Sum(value => (double)value * value));
        Assert.IsGreaterThan(0.25, norm);
        TrainingResult one = Linear(new Dense(1, kernelConstraint: new MaxNorm(0.25f), biasConstraint: new UnitNorm()), kernel, 0.5f, 1).Train();
        NumberAssert.AreClose(free.Select(value => value * 0.25 / norm).ToArray(), one.Weights["dense/kernel"].Values.ToArray().Select(value => (double)value).ToArray(), 1e-5);
        Assert.AreEqual(1, one.Weights["dense/bias"].Values.Span[0], 1e-6);

        TrainingResult many = Linear(new Dense(1, kernelConstraint: new NonNeg(), biasConstraint: new MaxNorm(0.125f)), kernel, 0.5f, 30).Train();
        // Without it, training finds 2, -1 and about 0.
        Assert.IsTrue(many.Weights["dense/kernel"].Values.ToArray().All(value => value >= 0));
        Assert.AreEqual(0, many.Weights["dense/kernel"].Values.Span[1]);
        Assert.IsGreaterThan(1, many.Weights["dense/kernel"].Values.Span[0]);
        Assert.IsLessThanOrEqualTo(0.1250001, Math.Abs(many.Weights["dense/bias"].Values.Span[0]));
    }

    /// <summary>The loop itself asks along Keras's axes: each stored row becomes a unit vector.</summary>
    [TestMethod]
    public void Training_keeps_constraints_along_the_axes_of_keras()
    {
        float[] kernel = new TestRun
        {
            Training = Rows.Line(20),
            Body = [new Turned()],
            Options = new() { Epochs = 2, BatchSize = 8, Optimizer = new SGD(0.05f) },
        }.Train().Weights["turned/kernel"].Values.ToArray();
        foreach (float[] row in kernel.Chunk(3))
        {
            Assert.AreEqual(1, Math.Sqrt(row.Sum(value => (double)value * value)), 1e-5);
        }
    }

    /// <summary>The trainer leaves a softmax at the end to scoring, whatever its form.</summary>
    [TestMethod]
    public void A_softmax_layer_at_the_end_is_left_to_scoring()
    {
        NetworkGraph graph = new MulticlassHead().Complete(new Sequential { new Dense(3), new Softmax() }.Graph, [new Shape(2)], 3, addOutputLayer: false);
        Assert.AreEqual(new ActivationLayer(Activation.Linear) { Name = "softmax" }, graph.Nodes[^1].Layer);
    }

    private const float Rate = 0.1f;

    private static TestRun Linear(Dense layer, float[] kernel, float bias, int epochs)
    {
        var weights = new NetworkWeights([new WeightTensor("dense/kernel", new Shape(kernel.Length, 1), kernel), new WeightTensor("dense/bias", new Shape(1), new[] { bias })]);
        return new TestRun
        {
            Training = Rows.Line(20),
            Body = [layer],
            InitialWeights = weights,
            Options = new() { Epochs = epochs, BatchSize = 20, Shuffle = false, AddOutputLayer = false, Optimizer = new SGD(Rate) },
        };
    }

    private static double Penalty(Regularizer regularizer, double[] values, params long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        return regularizer.Penalty(tensor(values).reshape(shape.Length == 0 ? [-1] : shape)).item<double>();
    }

    private static double[] Project(Constraint constraint, double[] values, params long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = tensor(values).reshape(shape);
        double[] projected = Values.From(constraint.Project(weight)).Data;
        CollectionAssert.AreEqual(values, Values.From(weight).Data, "the weight itself is not changed");
        return projected;
    }

    /// <summary>Asserts that the stored weight is cut to a norm in the groups that places (as stored) belong to.</summary>
    private static void AssertScaled(WeightSpec spec, MaxNorm constraint, Func<int[], int> group)
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new Random(4);
        double[] values = [.. Enumerable.Range(0, (int)spec.Shape.Size).Select(_ => random.NextDouble() - 0.5)];
        int[] groups = [.. values.Select((_, index) => group(Place(spec.Shape, index)))];
        double[] norms = [.. groups.Select(of => Math.Sqrt(values.Where((_, i) => groups[i] == of).Sum(value => value * value)))];
        double[] expected = [.. values.Select((value, i) => value * Math.Min(norms[i], constraint.MaxValue) / (norms[i] + 1e-7))];
        CollectionAssert.AreNotEqual(values, expected);
        Tensor projected = (spec with { Constraint = constraint }).Project(tensor(values).reshape([.. spec.Shape.Select(dimension => (long)dimension)]));
        NumberAssert.AreClose(expected, Values.From(projected).Data, 1e-9, $"{spec.Name} {spec.Shape}");
    }

    private static int[] Place(Shape shape, int index)
    {
        int[] place = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            (index, place[axis]) = Math.DivRem(index, shape[axis]);
        }

        return place;
    }

    /// <summary>A dense layer with its kernel the other way round.</summary>
    private sealed record Turned : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => new(4);

        public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
            [new WeightSpec("kernel", new Shape(4, input[0]), VarianceScaling.GlorotUniform) { KerasAxes = [1, 0], Constraint = new UnitNorm() }];

        public override TensorFunction Build(LayerBuilder builder, Shape input)
        {
            Tensor kernel = builder.Weight("kernel");
            return (x, _) => nn.functional.linear(x, kernel);
        }

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
    }
}
