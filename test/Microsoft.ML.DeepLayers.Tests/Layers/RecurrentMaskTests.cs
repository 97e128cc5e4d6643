using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Masks, initial states and returned states of recurrent layers, against Keras's loop in plain C# and by hand.</summary>
[TestClass]
public sealed class RecurrentMaskTests
{
    private const int Features = 3;
    private const int Units = 2;
    private const int Steps = 4;

    // One row each: all steps count, some at every place, and none.
    private static readonly bool[][] Masks =
    [
        [true, true, true, true], [false, true, true, true], [true, true, false, false], [true, false, true, false], [false, false, true, false],
        [false, false, false, false],
    ];

    public static IEnumerable<(bool Sequences, bool Backwards, bool Zero, bool Initial)> Options =>
        from sequences in new[] { false, true }
        from backwards in new[] { false, true }
        from zero in new[] { false, true }
        from initial in new[] { false, true }
        select (sequences, backwards, zero, initial);

    [TestMethod]
    [DynamicData(nameof(Options))]
    public void Masked_steps_are_those_of_keras(bool sequences, bool backwards, bool zero, bool initial)
    {
        var simple = new RecurrentReference(Features, Units, 1, new Random(1));
        AssertFollows(
            new SimpleRNN(Units, returnSequences: sequences, returnState: true, goBackwards: backwards, zeroOutputForMask: zero),
            simple, [0], simple.SimpleRNNStep(Math.Tanh), initial);
        var lstm = new RecurrentReference(Features, Units, 4, new Random(2));
        AssertFollows(
            new LSTM(Units, returnSequences: sequences, returnState: true, goBackwards: backwards, zeroOutputForMask: zero),
            lstm, [0, 1, 2, 3], lstm.LSTMStep(Math.Tanh, RecurrentReference.Sigmoid), initial);
        var gru = new RecurrentReference(Features, Units, 3, new Random(3));
        foreach (bool resetAfter in new[] { true, false })
        {
            AssertFollows(
                new GRU(Units, returnSequences: sequences, returnState: true, goBackwards: backwards, resetAfter: resetAfter, zeroOutputForMask: zero),
                gru, [1, 0, 2], gru.GRUStep(resetAfter), initial);
        }
    }

    /// <summary>Without returnState, an LSTM runs in libtorch's fused loop under a mask too.</summary>
    [TestMethod]
    [DynamicData(nameof(Options))]
    public void A_masked_LSTM_is_that_of_keras_without_its_states(bool sequences, bool backwards, bool zero, bool initial)
    {
        var lstm = new RecurrentReference(Features, Units, 4, new Random(4));
        AssertFollows(
            new LSTM(Units, returnSequences: sequences, goBackwards: backwards, zeroOutputForMask: zero),
            lstm, [0, 1, 2, 3], lstm.LSTMStep(Math.Tanh, RecurrentReference.Sigmoid), initial);
    }

    /// <summary>h' = x + h.</summary>
    [TestMethod]
    public void Masked_steps_by_hand()
    {
        Values x = Values.Of([1, 2, 3], 1, 3, 1);
        var sums = new SimpleRNN(1, Activation.Linear, useBias: false, returnSequences: true, returnState: true);
        AssertSums(sums, [x], [0, 1, 0], [0, 2, 2], 2);
        AssertSums(sums, [x], [1, 0, 1], [1, 1, 4], 4);
        AssertSums(sums, [x], [0, 0, 0], [0, 0, 0], 0);
        AssertSums(sums with { ZeroOutputForMask = true }, [x], [1, 0, 1], [1, 0, 4], 4);
        AssertSums(sums with { GoBackwards = true }, [x], [1, 1, 0], [0, 2, 3], 3);
        AssertSums(sums with { ReturnSequences = false }, [x], [1, 1, 0], [3], 3);
        AssertSums(sums with { ReturnSequences = false, ZeroOutputForMask = true }, [x], [1, 1, 0], [0], 3);

        // Before the first step that counts the output is 0, and the state the given one.
        Values five = Values.Of([5], 1, 1);
        AssertSums(sums, [x, five], [0, 1, 0], [0, 7, 7], 7);
        AssertSums(sums, [x, five], [0, 0, 0], [0, 0, 0], 5);
        AssertSums(sums with { ReturnSequences = false }, [x, five], [0, 0, 0], [0], 5);
    }

    /// <summary>h' = x + h in both directions: what a step that does not count gives is 0 in either.</summary>
    [TestMethod]
    public void Both_directions_under_a_mask_by_hand()
    {
        Values x = Values.Of([1, 2, 3], 1, 3, 1);
        var sums = new SimpleRNN(1, Activation.Linear, useBias: false, returnSequences: true, returnState: true);
        using var harness = new LayerHarness([new Bidirectional(sums)], new Shape(3, 1), fill: spec => [1]);
        var arguments = new LayerArguments([x], [Values.Of([1, 0, 1], 1, 3)]);
        foreach (LayerResults results in new[] { harness.RunTorch(arguments), harness.RunOnnx(arguments) })
        {
            NumberAssert.AreClose([1, 4, 0, 0, 4, 3], results.Outputs[0].Data, 1e-6, "outputs");
            NumberAssert.AreClose([4], results.Outputs[1].Data, 1e-6, "forward state");
            NumberAssert.AreClose([4], results.Outputs[2].Data, 1e-6, "backward state");
            NumberAssert.AreClose([1, 0, 1], results.Masks[0]!.Data, 0, "mask");
            Assert.IsNull(results.Masks[1]);
        }
    }

    [TestMethod]
    public void Masks_go_on_with_sequences_and_end_with_the_last_step()
    {
        Values mask = Values.Of([1, 0, 1], 1, 3);
        var arguments = new LayerArguments([Values.Of([1, 2, 3], 1, 3, 1)], [mask]);
        (Layer Layer, bool[] Masked)[] cases =
        [
            (new GRU(1), [false]),
            (new GRU(1, returnSequences: true, goBackwards: true), [true]),
            (new LSTM(1, returnSequences: true, returnState: true), [true, false, false]),
            (new Bidirectional(new GRU(1), MergeMode.None), [false, false]),
            (new Bidirectional(new GRU(1, returnSequences: true), MergeMode.None), [true, true]),
            (new RNN(new StackedRNNCells(new GRUCell(1), new GRUCell(1)), returnSequences: true, returnState: true), [true, false, false]),
            (new TimeDistributed(new Dense(2)), [true]),
        ];
        foreach ((Layer layer, bool[] masked) in cases)
        {
            using var harness = new LayerHarness([layer], new Shape(3, 1));
            foreach (LayerResults results in new[] { harness.RunTorch(arguments), harness.RunOnnx(arguments) })
            {
                CollectionAssert.AreEqual(masked, results.Masks.Select(item => item is not null).ToArray(), $"{layer}");
                foreach (Values item in results.Masks.OfType<Values>())
                {
                    CollectionAssert.AreEqual(mask.Data, item.Data, $"{layer}");
                }
            }
        }
    }

    /// <summary>The generic tests try variable lengths where all inputs have steps; states have none.</summary>
    [TestMethod]
    public void A_variable_length_and_initial_states_go_together()
    {
        Layer[] layers =
        [
            new LSTM(Units, returnSequences: true, returnState: true, goBackwards: true),
            new RNN(new LSTMCell(Units), returnSequences: true, returnState: true),
        ];
        foreach (Layer layer in layers)
        {
            using var variable = new LayerHarness([layer], [new Shape(Shape.Variable, Features), new Shape(Units), new Shape(Units)]);
            foreach (int steps in new[] { 1, 5 })
            {
                Shape[] shapes = [new Shape(steps, Features), new Shape(Units), new Shape(Units)];
                using var known = new LayerHarness([layer], shapes);
                foreach (bool masked in new[] { false, true })
                {
                    LayerArguments arguments = LayerArguments.Random(LayerTable.Row("LSTM"), shapes, 3, masked);
                    LayerResults expected = known.RunTorch(arguments);
                    LayerResults[] actual = [variable.RunTorch(arguments), variable.RunOnnx(arguments)];
                    for (int i = 0; i < 3; i++)
                    {
                        NumberAssert.AreClose(expected.Outputs[i], actual[0].Outputs[i], 1e-6, $"{layer}, libtorch, {steps} steps, masked {masked}, output {i}");
                        NumberAssert.AreClose(expected.Outputs[i], actual[1].Outputs[i], 1e-5, $"{layer}, ONNX Runtime, {steps} steps, masked {masked}, output {i}");
                    }
                }
            }
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_stack_of_cells_is_keras_step_by_step(bool backwards)
    {
        var first = new RecurrentReference(Features, Units, 4, new Random(5));
        var second = new RecurrentReference(Units, 3, 3, new Random(6));
        var layer = new RNN(new StackedRNNCells(new LSTMCell(Units), new GRUCell(3)), returnSequences: true, returnState: true, goBackwards: backwards);
        using var harness = new LayerHarness([layer], new Shape(Steps, Features), fill: spec => spec.Name.StartsWith("cell/0/", StringComparison.Ordinal)
            ? first.Stored(spec.Name["cell/0/".Length..], [0, 1, 2, 3])
            : second.Stored(spec.Name["cell/1/".Length..], [1, 0, 2]));
        Values x = LayerHarness.RandomInput(LayerTable.Row("LSTM"), new Shape(Steps, Features), Masks.Length);
        var arguments = new LayerArguments([x], [MaskValues()]);
        RecurrentReference.Step lstm = first.LSTMStep(Math.Tanh, RecurrentReference.Sigmoid);
        RecurrentReference.Step gru = second.GRUStep(resetAfter: true);
        List<double>[] expected = [[], [], [], []];
        for (int row = 0; row < Masks.Length; row++)
        {
            double[][] sequence = [.. x.Data.Chunk(Features).Skip(row * Steps).Take(Steps)];
            bool[] mask = [.. backwards ? Masks[row].Reverse() : Masks[row]];
            // As Keras does it: both cells at one step, then the next step.
            (double[] h, double[] c, double[] g, double[] output) = (new double[Units], new double[Units], new double[3], new double[3]);
            foreach ((int step, double[] value) in (backwards ? sequence.Reverse() : sequence).Index())
            {
                if (mask[step])
                {
                    (h, c) = lstm(value, h, c);
                    (g, _) = gru(h, g, []);
                    output = g;
                }

                expected[0].AddRange(output);
            }

            expected[1].AddRange(h);
            expected[2].AddRange(c);
            expected[3].AddRange(g);
        }

        AssertOutputs(harness, arguments, expected, $"{layer}");
    }

    private static void AssertSums(SimpleRNN layer, Values[] inputs, double[] mask, double[] outputs, double state)
    {
        Shape[] shapes = [.. inputs.Select(input => new Shape([.. input.Dimensions.Skip(1).Select(length => (int)length)]))];
        using var harness = new LayerHarness([layer], shapes, fill: _ => [1]);
        var arguments = new LayerArguments(inputs, [Values.Of(mask, 1, 3), .. new Values?[inputs.Length - 1]]);
        AssertOutputs(harness, arguments, [[.. outputs], [state]], $"{layer}");
    }

    private static void AssertFollows(DenseRecurrentLayer layer, RecurrentReference reference, int[] order, RecurrentReference.Step step, bool hasInitial)
    {
        var row = LayerTable.Row("LSTM");
        int states = hasInitial ? layer is LSTM ? 2 : 1 : 0;
        Shape[] shapes = [new Shape(Steps, Features), .. Enumerable.Repeat(new Shape(Units), states)];
        Values[] inputs = [.. shapes.Select((shape, index) => LayerHarness.RandomInput(row, shape, Masks.Length, 7 + index))];
        using var harness = new LayerHarness([layer], shapes, fill: spec => reference.Stored(spec.Name, order));
        List<double>[] expected = [[], [], []];
        for (int i = 0; i < Masks.Length; i++)
        {
            IEnumerable<double[]> sequence = inputs[0].Rows(i, 1).Data.Chunk(Features);
            var conditions = new RecurrentReference.Conditions(
                [.. layer.GoBackwards ? Masks[i].Reverse() : Masks[i]],
                states > 0 ? inputs[1].Rows(i, 1).Data : null, states > 1 ? inputs[2].Rows(i, 1).Data : null, layer.ZeroOutputForMask);
            RecurrentReference.Result result = reference.Over([.. layer.GoBackwards ? sequence.Reverse() : sequence], step, conditions);
            expected[0].AddRange(layer.ReturnSequences ? result.Outputs.SelectMany(output => output) : result.Outputs[^1]);
            expected[1].AddRange(result.H);
            expected[2].AddRange(result.C);
        }

        AssertOutputs(harness, new LayerArguments(inputs, [MaskValues(), .. new Values?[states]]), expected, $"{layer}, initial {hasInitial}");
    }

    private static void AssertOutputs(LayerHarness harness, LayerArguments arguments, List<double>[] expected, string what)
    {
        LayerResults torch = harness.RunTorch(arguments);
        LayerResults onnx = harness.RunOnnx(arguments);
        for (int i = 0; i < torch.Outputs.Count; i++)
        {
            NumberAssert.AreClose([.. expected[i]], torch.Outputs[i].Data, 1e-5, $"libtorch, {what}, output {i}");
            NumberAssert.AreClose([.. expected[i]], onnx.Outputs[i].Data, 1e-5, $"ONNX Runtime, {what}, output {i}");
        }
    }

    private static Values MaskValues() => Values.Of([.. Masks.SelectMany(mask => mask).Select(counts => counts ? 1.0 : 0.0)], Masks.Length, Steps);
}
