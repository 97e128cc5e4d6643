using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>The blocks of a transformer against their formulas in plain C#, with KerasHub's masks.</summary>
[TestClass]
public sealed class TransformerReferenceTests
{
    private const int Steps = 4;
    private const int Features = 4;
    private const int Heads = 2;
    private const double Epsilon = 1e-5;

    private static readonly bool[] DecoderMask = [false, true, true, false];
    private static readonly bool[] EncoderMask = [true, false, true];

    public static IEnumerable<(bool First, bool Masked)> Cases => from first in new[] { false, true } from masked in new[] { false, true } select (first, masked);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void An_encoder_attends_and_computes(bool first, bool masked)
    {
        using var harness = new LayerHarness([new TransformerEncoder(3, Heads, normalizeFirst: first)], new Shape(Steps, Features));
        Values input = Sequence(Steps, Features, 1);
        double[][] x = Split(input);
        // Padding of the query may look at nothing, and looks at everything alike.
        x = Residual(harness, first, x, "self_attention_layer_norm", steps =>
            Attention(harness, "self_attention_layer", steps, steps, (t, s) => !masked || (DecoderMask[t] && DecoderMask[s])));
        x = FeedForward(harness, first, x);
        AssertFollows(harness, x, new LayerArguments([input], [masked ? Mask(DecoderMask) : null]));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void A_decoder_looks_back_and_at_the_encoder(bool first, bool masked)
    {
        foreach (bool crossing in new[] { false, true })
        {
            Shape[] shapes = crossing ? [new Shape(Steps, Features), new Shape(3, 3)] : [new Shape(Steps, Features)];
            using var harness = new LayerHarness([new TransformerDecoder(3, Heads, normalizeFirst: first)], shapes);
            Values[] inputs = crossing ? [Sequence(Steps, Features, 1), Sequence(3, 3, 2)] : [Sequence(Steps, Features, 1)];
            double[][] x = Split(inputs[0]);
            // Padding of the query looks at what is not padding; the first step may look at nothing.
            x = Residual(harness, first, x, "self_attention_layer_norm", steps => Attention(harness, "self_attention", steps, steps, (t, s) => s <= t && (!masked || DecoderMask[s])));
            if (crossing)
            {
                double[][] encoder = Split(inputs[1]);
                x = Residual(harness, first, x, "cross_attention_layer_norm", steps => Attention(harness, "cross_attention", steps, encoder, (_, s) => !masked || EncoderMask[s]));
            }

            x = FeedForward(harness, first, x);
            Values?[] masks = [masked ? Mask(DecoderMask) : null, masked ? Mask(EncoderMask) : null];
            AssertFollows(harness, x, new LayerArguments(inputs, masks[..inputs.Length]));
        }
    }

    [TestMethod]
    public void A_decoder_does_not_see_later_steps()
    {
        Values x = Sequence(6, 4, 1);
        Values changed = Values.Of([.. x.Data.Select((value, i) => i < 4 * 4 ? value : -value)], 1, 6, 4);
        foreach (bool decoder in new[] { true, false })
        {
            Layer[] layers = decoder
                ? [new TransformerDecoder(5, 2), new TransformerDecoder(5, 2, normalizeFirst: true)]
                : [new TransformerEncoder(5, 2), new TransformerEncoder(5, 2, normalizeFirst: true)];
            using var harness = new LayerHarness(layers, new Shape(6, 4));
            double difference = harness.RunTorch(x).Data.Take(4 * 4).Zip(harness.RunTorch(changed).Data, (a, b) => Math.Abs(a - b)).Max();
            Assert.AreEqual(decoder, difference < 1e-5, $"{difference}");
        }
    }

    [TestMethod]
    public void Dropout_acts_in_training_alone_and_by_the_given_generator()
    {
        Values x = Sequence(6, 4, 1);
        using var harness = new LayerHarness([new TransformerEncoder(8, 2, dropout: 0.4f)], new Shape(6, 4));
        using var without = new LayerHarness([new TransformerEncoder(8, 2)], new Shape(6, 4));
        NumberAssert.AreClose(without.RunTorch(x), harness.RunTorch(x), 1e-6);
        double[] first = harness.RunTorch(x, training: true, seed: 1).Data;
        CollectionAssert.AreEqual(first, harness.RunTorch(x, training: true, seed: 1).Data);
        CollectionAssert.AreNotEqual(first, harness.RunTorch(x, training: true, seed: 2).Data);
    }

    [TestMethod]
    public void Weights_have_the_names_of_KerasHub()
    {
        string[] heads = ["query/kernel", "query/bias", "key/kernel", "key/bias", "value/kernel", "value/bias", "attention_output/kernel", "attention_output/bias"];
        string[] feedForward =
        [
            "feedforward_intermediate_dense/kernel", "feedforward_intermediate_dense/bias", "feedforward_output_dense/kernel", "feedforward_output_dense/bias",
            "feedforward_layer_norm/gamma", "feedforward_layer_norm/beta",
        ];
        CollectionAssert.AreEquivalent(
            new[] { "self_attention_layer_norm/gamma", "self_attention_layer_norm/beta" }
                .Concat(heads.Select(name => $"self_attention_layer/{name}")).Concat(feedForward).ToArray(),
            Names(new TransformerEncoder(8, 2), [new Shape(3, 4)]));
        CollectionAssert.AreEquivalent(
            new[] { "self_attention_layer_norm/gamma", "self_attention_layer_norm/beta", "cross_attention_layer_norm/gamma", "cross_attention_layer_norm/beta" }
                .Concat(heads.Select(name => $"self_attention/{name}")).Concat(heads.Select(name => $"cross_attention/{name}")).Concat(feedForward).ToArray(),
            Names(new TransformerDecoder(8, 2), [new Shape(3, 4), new Shape(5, 6)]));

        static string[] Names(Layer layer, Shape[] shapes) => [.. layer.GetWeights(shapes).Select(spec => spec.Name)];
    }

    private static double[][] Residual(LayerHarness harness, bool first, double[][] x, string norm, Func<double[][], double[][]> compute)
    {
        double[][] added = compute(first ? Normalize(harness, norm, x) : x);
        double[][] sum = [.. x.Zip(added, (a, b) => a.Zip(b, (u, v) => u + v).ToArray())];
        return first ? sum : Normalize(harness, norm, sum);
    }

    private static double[][] FeedForward(LayerHarness harness, bool first, double[][] x) => Residual(harness, first, x, "feedforward_layer_norm", steps =>
        Dense(harness, "feedforward_output_dense", Dense(harness, "feedforward_intermediate_dense", steps, relu: true), relu: false));

    private static double[][] Normalize(LayerHarness harness, string name, double[][] x)
    {
        double[] gamma = Values.From(harness.Weight($"{name}/gamma")).Data;
        double[] beta = Values.From(harness.Weight($"{name}/beta")).Data;
        return [.. x.Select(step =>
        {
            double mean = step.Average();
            double deviation = Math.Sqrt(step.Average(value => (value - mean) * (value - mean)) + Epsilon);
            return step.Select((value, i) => (gamma[i] * (value - mean) / deviation) + beta[i]).ToArray();
        })];
    }

    private static double[][] Attention(LayerHarness harness, string name, double[][] query, double[][] value, Func<int, int, bool> counts) =>
        AttentionReference.MultiHead(query, value, value, weight => Values.From(harness.Weight($"{name}/{weight}")), Heads, head => head, counts).Output;

    private static double[][] Dense(LayerHarness harness, string name, double[][] x, bool relu)
    {
        double[] kernel = Values.From(harness.Weight($"{name}/kernel")).Data;
        double[] bias = Values.From(harness.Weight($"{name}/bias")).Data;
        return [.. x.Select(step => bias.Select((start, unit) =>
        {
            double sum = start + step.Select((value, i) => value * kernel[(i * bias.Length) + unit]).Sum();
            return relu ? Math.Max(0, sum) : sum;
        }).ToArray())];
    }

    private static void AssertFollows(LayerHarness harness, double[][] expected, LayerArguments arguments)
    {
        foreach (LayerResults results in new[] { harness.RunTorch(arguments), harness.RunOnnx(arguments) })
        {
            NumberAssert.AreClose([.. expected.SelectMany(step => step)], results.Outputs[0].Data, 2e-5);
            Assert.AreEqual(arguments.Masks[0] is null, results.Masks[0] is null);
        }
    }

    private static Values Sequence(int steps, int features, int seed)
    {
        var random = new Random(seed);
        return Values.Of([.. Enumerable.Range(0, steps * features).Select(_ => (random.NextDouble() * 3) - 1.5)], 1, steps, features);
    }

    private static double[][] Split(Values sequence) => [.. sequence.Data.Chunk((int)sequence.Dimensions[2])];

    private static Values Mask(bool[] mask) => Values.Of([.. mask.Select(value => value ? 1.0 : 0.0)], 1, mask.Length);
}
