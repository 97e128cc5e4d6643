using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Attention against the formulas of the papers in plain C#, with Keras's masks; and what must hold for it.</summary>
[TestClass]
public sealed class AttentionReferenceTests
{
    private const int Targets = 4;
    private const int Sources = 5;

    // The last step is padding; the query has a hole too, where a step may look at nothing.
    private static readonly bool[] QueryMask = [true, false, true, true];
    private static readonly bool[] ValueMask = [false, true, true, true, false];
    private static readonly bool[] KeyMask = [true, true, false, true, true];

    public static IEnumerable<(bool Masked, bool Causal, bool Scores)> Cases =>
        from masked in new[] { false, true } from causal in new[] { false, true } from scores in new[] { false, true } select (masked, causal, scores);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void MultiHeadAttention_follows_Vaswani(bool masked, bool causal, bool scores) => AssertFollows(
        new MultiHeadAttention(3, 2, valueDim: 4, outputShape: 5, useCausalMask: causal, returnAttentionScores: scores), 3, head => head, masked, causal);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void GroupQueryAttention_shares_neighbouring_keys(bool masked, bool causal, bool scores) => AssertFollows(
        new GroupQueryAttention(2, 6, 2, useCausalMask: causal, returnAttentionScores: scores), 6, head => head / 3, masked, causal);

    [TestMethod]
    public void Self_attention_reads_the_one_input_and_its_mask()
    {
        Values x = Sequence(Targets, 3, 1);
        Values mask = Mask(QueryMask);
        using var alone = new LayerHarness([new MultiHeadAttention(2, 2)], new Shape(Targets, 3));
        using var twice = new LayerHarness([new MultiHeadAttention(2, 2)], [new Shape(Targets, 3), new Shape(Targets, 3)]);
        LayerResults expected = twice.RunTorch(new LayerArguments([x, x], [mask, mask]));
        NumberAssert.AreClose(expected.Outputs[0], alone.RunTorch(new LayerArguments([x], [mask])).Outputs[0], 1e-6);
        NumberAssert.AreClose(expected.Outputs[0], alone.RunOnnx(new LayerArguments([x], [mask])).Outputs[0], 1e-5);
        CollectionAssert.AreEqual(mask.Data, expected.Masks[0]!.Data, "The query's mask is handed on.");
    }

    public static IEnumerable<(bool Masked, bool Causal, bool Scaled)> Scored =>
        from masked in new[] { false, true } from causal in new[] { false, true } from scaled in new[] { false, true } select (masked, causal, scaled);

    [TestMethod]
    [DynamicData(nameof(Scored))]
    public void Attention_scores_as_Luong(bool masked, bool causal, bool scaled) => AssertScores(
        new Attention(scaled, useCausalMask: causal, returnAttentionScores: true), masked, causal,
        (query, key, weight) => AttentionReference.Dot(query, key) * (scaled ? weight("scale")[0] : 1));

    [TestMethod]
    [DynamicData(nameof(Scored))]
    public void Attention_scores_by_the_sum_of_hyperbolic_tangents(bool masked, bool causal, bool scaled) => AssertScores(
        new Attention(scaled, ScoreMode.Concat, useCausalMask: causal, returnAttentionScores: true), masked, causal,
        (query, key, weight) => weight("concat_score_weight")[0] * query.Zip(key, (q, k) => Math.Tanh((scaled ? weight("scale")[0] : 1) * (q + k))).Sum());

    [TestMethod]
    [DynamicData(nameof(Scored))]
    public void AdditiveAttention_scores_as_Bahdanau(bool masked, bool causal, bool scaled) => AssertScores(
        new AdditiveAttention(scaled, useCausalMask: causal, returnAttentionScores: true), masked, causal,
        (query, key, weight) => query.Select((q, i) => (scaled ? weight("scale")[i] : 1) * Math.Tanh(q + key[i])).Sum());

    [TestMethod]
    public void Attention_has_the_worked_numbers()
    {
        // The query 1.1 fits the keys 1.6 and -0.8 with 1.76 and -0.88, of which softmax is
        // 1 / (1 + e^-2.64) = 0.933392 and 0.066608; the values are the keys.
        using var harness = new LayerHarness([new Attention()], [new Shape(1, 1), new Shape(2, 1)]);
        Values output = harness.RunTorch(new LayerArguments(Values.Of([1.1], 1, 1, 1), Values.Of([1.6, -0.8], 1, 2, 1))).Outputs[0];
        double first = 1 / (1 + Math.Exp(-2.64));
        Assert.AreEqual((1.6 * first) - (0.8 * (1 - first)), output.Data[0], 1e-6);
        Assert.AreEqual(1.440141, output.Data[0], 1e-5);
    }

    public static IEnumerable<string> Causal =>
        ["MultiHeadAttention", "MultiHeadAttention, dropout", "GroupQueryAttention", "Attention", "Attention, concat", "AdditiveAttention"];

    [TestMethod]
    [DynamicData(nameof(Causal))]
    public void A_causal_step_does_not_depend_on_later_ones(string name)
    {
        Values x = Sequence(6, 4, 1);
        Values changed = Values.Of([.. x.Data.Select((value, i) => i < 4 * 4 ? value : value + 1)], 1, 6, 4);
        bool dropout = name.EndsWith("dropout", StringComparison.Ordinal);
        foreach (bool causal in new[] { true, false })
        {
            using var harness = new LayerHarness([Make(name, causal)], new Shape(6, 4));
            double[] before = harness.RunTorch(x, training: dropout).Data;
            double[] after = harness.RunTorch(changed, training: dropout).Data;
            double difference = before.Take(4 * 4).Zip(after, (a, b) => Math.Abs(a - b)).Max();
            Assert.AreEqual(causal, difference < 1e-6, $"{name}: {difference}");
            Assert.IsGreaterThan(1e-3, before.Skip(4 * 4).Zip(after.Skip(4 * 4), (a, b) => Math.Abs(a - b)).Max());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Causal))]
    public void Without_positions_permuted_steps_give_permuted_outputs(string name)
    {
        int[] order = [3, 0, 5, 1, 4, 2];
        Values x = Sequence(6, 4, 1);
        using var harness = new LayerHarness([Make(name, causal: false)], new Shape(6, 4));
        NumberAssert.AreClose(Permuted(harness.RunTorch(x), order), harness.RunTorch(Permuted(x, order)), 1e-5, name);
    }

    [TestMethod]
    [DynamicData(nameof(Causal))]
    public void Padding_changes_nothing_for_the_steps_that_count(string name)
    {
        Values x = Sequence(4, 4, 1);
        Values padded = Values.Of([.. x.Data, .. Enumerable.Repeat(1e3, 2 * 4)], 1, 6, 4);
        Values mask = Mask([true, true, true, true, false, false]);
        using var harness = new LayerHarness([Make(name, causal: false)], new Shape(Shape.Variable, 4));
        Values expected = harness.RunTorch(x);
        foreach (LayerResults results in new[] { harness.RunTorch(new LayerArguments([padded], [mask])), harness.RunOnnx(new LayerArguments([padded], [mask])) })
        {
            Values output = results.Outputs[0];
            NumberAssert.AreClose(expected, Values.Of(output.Data[..(4 * 4)], 1, 4, output.Dimensions[2]), 1e-5, name);
            Assert.IsTrue(output.Data.All(double.IsFinite), name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Causal))]
    public void An_example_of_padding_alone_gives_numbers_and_gradients(string name)
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([Make(name, causal: true)], new Shape(3, 4));
        Values x = Sequence(3, 4, 1);
        Values mask = Mask([false, false, false]);
        Assert.IsTrue(harness.RunOnnx(new LayerArguments([x], [mask])).Outputs[0].Data.All(double.IsFinite));
        using var generator = TestDevice.Generator(1);
        Tensor input = x.ToTensor(ScalarType.Float32).requires_grad_();
        Tensor output = harness.Forward([input], [mask.ToTensor(ScalarType.Bool)], training: true, generator).Outputs[0];
        output.sum().backward();
        Assert.IsTrue(Values.From(output).Data.Concat(Values.From(input.grad!).Data).All(double.IsFinite));
    }

    [TestMethod]
    public void Dropout_leaves_the_mean_of_the_weights()
    {
        // With values of 1 and no bias of theirs, the sum of a step's weights is what comes out: 1 on average.
        using var harness = new LayerHarness([new Attention(dropout: 0.25f)], [new Shape(100, 2), new Shape(50, 2)]);
        var arguments = new LayerArguments(Sequence(100, 2, 1), Values.Of([.. Enumerable.Repeat(1.0, 100)], 1, 50, 2));
        double[] sums = [.. harness.RunTorch(arguments, training: true, seed: 5).Outputs[0].Data.Where((_, i) => i % 2 == 0)];
        // Each of the 5,000 equal weights is 0 or 1 / (50 · 0.75); the standard deviation of the mean is 0.0082.
        Assert.AreEqual(1, sums.Average(), 0.035);
        Assert.IsGreaterThan(0.02, sums.Max() - sums.Min());
        Assert.IsTrue(sums.All(sum => Math.Abs(Math.Round(sum * 37.5) - (sum * 37.5)) < 1e-3));
        CollectionAssert.AreEqual(sums, harness.RunTorch(arguments, training: true, seed: 5).Outputs[0].Data.Where((_, i) => i % 2 == 0).ToArray());
        CollectionAssert.AreNotEqual(sums, harness.RunTorch(arguments, training: true, seed: 6).Outputs[0].Data.Where((_, i) => i % 2 == 0).ToArray());
    }

    [TestMethod]
    public void The_returned_scores_are_those_before_dropout()
    {
        using var harness = new LayerHarness([new MultiHeadAttention(2, 2, dropout: 0.5f, returnAttentionScores: true)], new Shape(6, 4));
        Values scores = harness.RunTorch(new LayerArguments(Sequence(6, 4, 1)), training: true).Outputs[1];
        NumberAssert.AreClose([.. Enumerable.Repeat(1.0, 12)], [.. scores.Data.Chunk(6).Select(row => row.Sum())], 1e-6);
        Assert.IsTrue(scores.Data.All(score => score > 0));
    }

    [TestMethod]
    public void Kernels_start_with_the_fans_of_Keras()
    {
        // keras.initializers.compute_fans of a shape [a, b, c]: a · b and a · c.
        Dictionary<string, WeightSpec> weights = new MultiHeadAttention(4, 3, valueDim: 5).GetWeights([new Shape(7, 8), new Shape(9, 6)]).ToDictionary(spec => spec.Name);
        Assert.AreEqual((new Shape(8, 4, 3), 32, 24), Of("query/kernel"));
        Assert.AreEqual((new Shape(6, 4, 3), 24, 18), Of("key/kernel"));
        Assert.AreEqual((new Shape(6, 4, 5), 24, 30), Of("value/kernel"));
        Assert.AreEqual((new Shape(4, 5, 8), 20, 32), Of("attention_output/kernel"));
        Assert.AreEqual(new Shape(4, 3), weights["query/bias"].Shape);
        Assert.AreEqual(new Shape(8), weights["attention_output/bias"].Shape);

        (Shape, int, int) Of(string name) => (weights[name].Shape, weights[name].FanIn, weights[name].FanOut);
    }

    private static Layer Make(string name, bool causal) => name switch
    {
        "MultiHeadAttention" => new MultiHeadAttention(2, 3, useCausalMask: causal),
        // The least rate that draws random numbers, so that the outputs can be compared.
        "MultiHeadAttention, dropout" => new MultiHeadAttention(2, 3, dropout: 1e-9f, useCausalMask: causal),
        "GroupQueryAttention" => new GroupQueryAttention(3, 4, 2, useCausalMask: causal),
        "Attention" => new Attention(useCausalMask: causal),
        "Attention, concat" => new Attention(scoreMode: ScoreMode.Concat, useCausalMask: causal),
        _ => new AdditiveAttention(useCausalMask: causal),
    };

    private static void AssertFollows(Layer layer, int heads, Func<int, int> keyHead, bool masked, bool causal)
    {
        Values[] inputs = [Sequence(Targets, 3, 1), Sequence(Sources, 2, 2), Sequence(Sources, 3, 3)];
        using var harness = new LayerHarness([layer], [new Shape(Targets, 3), new Shape(Sources, 2), new Shape(Sources, 3)]);
        bool Counts(int t, int s) => (!masked || (QueryMask[t] && ValueMask[s] && KeyMask[s])) && (!causal || s <= t);
        (double[][] output, double[][][] weights) = AttentionReference.MultiHead(
            Steps(inputs[0]), Steps(inputs[1]), Steps(inputs[2]), name => Values.From(harness.Weight(name)), heads, keyHead, Counts);
        Values?[] masks = masked ? [Mask(QueryMask), Mask(ValueMask), Mask(KeyMask)] : new Values?[3];
        foreach (LayerResults results in new[] { harness.RunTorch(new LayerArguments(inputs, masks)), harness.RunOnnx(new LayerArguments(inputs, masks)) })
        {
            NumberAssert.AreClose([.. output.SelectMany(step => step)], results.Outputs[0].Data, 1e-5, "output");
            if (harness.Outputs.Count == 2)
            {
                NumberAssert.AreClose([.. weights.SelectMany(head => head).SelectMany(step => step)], results.Outputs[1].Data, 1e-5, "weights");
            }
        }
    }

    private static void AssertScores(Layer layer, bool masked, bool causal, Func<double[], double[], Func<string, double[]>, double> score)
    {
        Values[] inputs = [Sequence(Targets, 3, 1), Sequence(Sources, 2, 2), Sequence(Sources, 3, 3)];
        using var harness = new LayerHarness([layer], [new Shape(Targets, 3), new Shape(Sources, 2), new Shape(Sources, 3)]);
        (double[][] query, double[][] value, double[][] key) = (Steps(inputs[0]), Steps(inputs[1]), Steps(inputs[2]));
        double[][] weights = AttentionReference.Weights(
            Targets, Sources, (t, s) => score(query[t], key[s], name => Values.From(harness.Weight(name)).Data),
            (t, s) => (!masked || ValueMask[s]) && (!causal || s <= t));
        double[][] output = [.. AttentionReference.Mean(weights, value).Select((step, t) => masked && !QueryMask[t] ? new double[step.Length] : step)];
        Values?[] masks = masked ? [Mask(QueryMask), Mask(ValueMask), Mask(KeyMask)] : new Values?[3];
        foreach (LayerResults results in new[] { harness.RunTorch(new LayerArguments(inputs, masks)), harness.RunOnnx(new LayerArguments(inputs, masks)) })
        {
            NumberAssert.AreClose([.. output.SelectMany(step => step)], results.Outputs[0].Data, 1e-5, "output");
            NumberAssert.AreClose([.. weights.SelectMany(step => step)], results.Outputs[1].Data, 1e-5, "weights");
        }
    }

    private static Values Sequence(int steps, int features, int seed)
    {
        var random = new Random(seed);
        return Values.Of([.. Enumerable.Range(0, steps * features).Select(_ => (random.NextDouble() * 3) - 1.5)], 1, steps, features);
    }

    private static double[][] Steps(Values sequence) => [.. sequence.Data.Chunk((int)sequence.Dimensions[2])];

    private static Values Permuted(Values sequence, int[] order)
    {
        double[][] steps = Steps(sequence);
        return new Values(sequence.Dimensions, [.. order.SelectMany(step => steps[step])]);
    }

    private static Values Mask(bool[] mask) => Values.Of([.. mask.Select(value => value ? 1.0 : 0.0)], 1, mask.Length);
}
