using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Recurrent layers against Keras's formulas in plain C#, over weights in Keras's layout, and against worked numbers.</summary>
[TestClass]
public sealed class RecurrentReferenceTests
{
    private const int Features = 3;
    private const int Units = 4;
    private const int Steps = 6;

    // Which of Keras's gates each stored gate is.
    private static readonly int[] LstmOrder = [0, 1, 2, 3]; // i, f, c, o as i, f, g, o
    private static readonly int[] GruOrder = [1, 0, 2];     // z, r, h as r, z, n

    public static IEnumerable<(bool Sequences, bool Backwards)> Directions => [(false, false), (true, false), (false, true), (true, true)];

    [TestMethod]
    [DynamicData(nameof(Directions))]
    public void SimpleRNN_follows_keras(bool sequences, bool backwards)
    {
        var reference = new RecurrentReference(Features, Units, 1, new Random(6));
        AssertFollows(
            new SimpleRNN(Units, returnSequences: sequences, goBackwards: backwards), reference, [0], x => reference.SimpleRNN(x, Math.Tanh));
        AssertFollows(
            new SimpleRNN(Units, Activation.Sigmoid, returnSequences: sequences, goBackwards: backwards), reference, [0],
            x => reference.SimpleRNN(x, RecurrentReference.Sigmoid));
    }

    [TestMethod]
    [DynamicData(nameof(Directions))]
    public void LSTM_follows_keras(bool sequences, bool backwards)
    {
        var reference = new RecurrentReference(Features, Units, 4, new Random(7));
        AssertFollows(
            new LSTM(Units, returnSequences: sequences, goBackwards: backwards), reference, LstmOrder,
            x => reference.LSTM(x, Math.Tanh, RecurrentReference.Sigmoid));
        AssertFollows(
            new LSTM(Units, Activation.Softsign, Activation.Tanh, returnSequences: sequences, goBackwards: backwards), reference, LstmOrder,
            x => reference.LSTM(x, value => value / (1 + Math.Abs(value)), Math.Tanh));
    }

    [TestMethod]
    [DynamicData(nameof(Directions))]
    public void GRU_follows_keras(bool sequences, bool backwards)
    {
        var reference = new RecurrentReference(Features, Units, 3, new Random(8));
        foreach (bool resetAfter in new[] { true, false })
        {
            AssertFollows(
                new GRU(Units, returnSequences: sequences, goBackwards: backwards, resetAfter: resetAfter), reference, GruOrder,
                x => reference.GRU(x, resetAfter));
        }
    }

    [TestMethod]
    public void The_fused_loop_and_the_steps_agree()
    {
        // Leaky with slope 1 is linear: the same function with and without libtorch's own loop.
        var relu = new SimpleRNN(Units, Activation.ReLU, returnSequences: true);
        var leaky = new SimpleRNN(Units, Activation.LeakyReLU(0), returnSequences: true);
        using var fused = new LayerHarness([relu], new Shape(Steps, Features));
        using var steps = new LayerHarness([leaky], new Shape(Steps, Features));
        Values input = LayerHarness.RandomInput(LayerTable.Row("SimpleRNN"), new Shape(Steps, Features), 3);
        NumberAssert.AreClose(fused.RunTorch(input), steps.RunTorch(input), 1e-6);
    }

    /// <summary>One unit, one feature, two steps, by hand.</summary>
    [TestMethod]
    public void LSTM_by_hand()
    {
        using var harness = new LayerHarness([new LSTM(1)], new Shape(2, 1), fill: spec => spec.Name switch
        {
            "kernel" => [1, 2, 3, 4],                 // input, forget, candidate, output
            "recurrent_kernel" => [0.1f, 0.2f, 0.3f, 0.4f],
            _ => [0, 1, 0, 0],                        // the unit forget bias
        });
        double S(double x) => 1 / (1 + Math.Exp(-x));
        // Step 1, x = 0.5: the cell is empty, so the forget gate does not matter.
        double c = S(0.5) * Math.Tanh(1.5);
        double h = S(2) * Math.Tanh(c);
        // Step 2, x = -1: forget gate S(-2 + 0.2 h + 1).
        c = (S(-2 + (0.2 * h) + 1) * c) + (S(-1 + (0.1 * h)) * Math.Tanh(-3 + (0.3 * h)));
        h = S(-4 + (0.4 * h)) * Math.Tanh(c);
        Values input = Values.Of([0.5, -1], 1, 2, 1);
        NumberAssert.AreClose([h], harness.RunTorch(input).Data, 1e-6, "libtorch");
        NumberAssert.AreClose([h], harness.RunOnnx(input).Data, 1e-5, "ONNX Runtime");
    }

    /// <summary>One unit, one feature, two steps, by hand: the recurrent bias is inside what the reset gate multiplies.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void GRU_by_hand(bool resetAfter)
    {
        using var harness = new LayerHarness([new GRU(1, resetAfter: resetAfter)], new Shape(2, 1), fill: spec => spec.Name switch
        {
            "kernel" => [1, 2, 3],                    // reset, update, candidate
            "recurrent_kernel" => [0.1f, 0.2f, 0.3f],
            "bias" => [0.4f, 0.5f, 0.6f],
            _ => [0.7f, 0.8f, 0.9f],
        });
        double S(double x) => 1 / (1 + Math.Exp(-x));
        double h = 0;
        foreach (double x in new[] { 0.5, -1 })
        {
            double r = S(x + (0.1 * h) + 0.4 + (resetAfter ? 0.7 : 0));
            double z = S((2 * x) + (0.2 * h) + 0.5 + (resetAfter ? 0.8 : 0));
            double n = Math.Tanh((3 * x) + 0.6 + (resetAfter ? r * ((0.3 * h) + 0.9) : 0.3 * (r * h)));
            h = (z * h) + ((1 - z) * n);
        }

        Values input = Values.Of([0.5, -1], 1, 2, 1);
        NumberAssert.AreClose([h], harness.RunTorch(input).Data, 1e-6, "libtorch");
        NumberAssert.AreClose([h], harness.RunOnnx(input).Data, 1e-5, "ONNX Runtime");
    }

    /// <summary>Keras has one bias where libtorch adds two: a step must not move the sum twice as far.</summary>
    [TestMethod]
    public void The_second_bias_of_libtorch_stays_zero()
    {
        using var harness = new LayerHarness([new LSTM(2)], new Shape(3, 2));
        CollectionAssert.AreEqual(new[] { "0/kernel", "0/recurrent_kernel", "0/bias" }, harness.Trainable.Select(item => item.Name).ToArray());
        Values input = LayerHarness.RandomInput(LayerTable.Row("LSTM"), new Shape(3, 2), 2);
        using (TorchSharp.torch.NewDisposeScope())
        {
            harness.Forward(input.ToTensor(TorchSharp.torch.ScalarType.Float32)).sum().backward();
            using (TorchSharp.torch.no_grad())
            {
                harness.Weight("bias").sub_(harness.Weight("bias").grad!);
            }
        }

        Values expected = harness.RunTorch(input);
        float[] bias = Array.ConvertAll(Values.From(harness.Weight("bias")).Data, value => (float)value);
        using var copy = new LayerHarness([new LSTM(2)], new Shape(3, 2), fill: spec =>
            Array.ConvertAll(Values.From(harness.Weight(spec.Name)).Data, value => (float)value));
        NumberAssert.AreClose(expected, copy.RunTorch(input), 0, $"bias {string.Join(", ", bias)}");
    }

    [TestMethod]
    public void Bidirectional_meets_step_by_step()
    {
        var forward = new RecurrentReference(Features, Units, 4, new Random(9));
        var backward = new RecurrentReference(Features, Units, 4, new Random(10));
        double[][] Run(RecurrentReference reference, IEnumerable<double[]> x) => reference.LSTM([.. x], Math.Tanh, RecurrentReference.Sigmoid);
        float[] Fill(WeightSpec spec) => spec.Name.StartsWith("forward/", StringComparison.Ordinal)
            ? forward.Stored(spec.Name["forward/".Length..], LstmOrder)
            : backward.Stored(spec.Name["backward/".Length..], LstmOrder);
        Values input = LayerHarness.RandomInput(LayerTable.Row("LSTM"), new Shape(Steps, Features), 1);
        double[][] x = [.. input.Data.Chunk(Features)];
        double[][] ahead = Run(forward, x);
        double[][] back = Run(backward, x.Reverse());

        // The last step of each direction, which for the second is the first of the sequence.
        using var last = new LayerHarness([new Bidirectional(new LSTM(Units))], new Shape(Steps, Features), fill: Fill);
        double[] expected = [.. ahead[^1], .. back[^1]];
        NumberAssert.AreClose(expected, last.RunTorch(input).Data, 1e-5, "libtorch");
        NumberAssert.AreClose(expected, last.RunOnnx(input).Data, 1e-5, "ONNX Runtime");

        using var all = new LayerHarness([new Bidirectional(new LSTM(Units, returnSequences: true), MergeMode.Sum)], new Shape(Steps, Features), fill: Fill);
        expected = [.. ahead.Zip(back.Reverse(), (one, other) => one.Zip(other, (left, right) => left + right)).SelectMany(step => step)];
        NumberAssert.AreClose(expected, all.RunTorch(input).Data, 1e-5, "libtorch");
        NumberAssert.AreClose(expected, all.RunOnnx(input).Data, 1e-5, "ONNX Runtime");
    }

    private static void AssertFollows(RecurrentLayer layer, RecurrentReference reference, int[] order, Func<double[][], double[][]> run)
    {
        using var harness = new LayerHarness([layer], new Shape(Steps, Features), fill: spec => reference.Stored(spec.Name, order));
        Values input = LayerHarness.RandomInput(LayerTable.Row("LSTM"), new Shape(Steps, Features), 2);
        double[] expected = [.. input.Data.Chunk(Features).Chunk(Steps).SelectMany(sequence =>
        {
            double[][] outputs = run([.. layer.GoBackwards ? sequence.Reverse() : sequence]);
            return layer.ReturnSequences ? outputs.SelectMany(step => step) : outputs[^1];
        })];
        NumberAssert.AreClose(expected, harness.RunTorch(input).Data, 1e-5, $"libtorch, {layer}");
        NumberAssert.AreClose(expected, harness.RunOnnx(input).Data, 1e-5, $"ONNX Runtime, {layer}");
    }
}
