using Microsoft.ML.DeepLayers.Losses;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Losses against those that libtorch has itself: values and gradients.</summary>
[TestClass]
public sealed class LossLibTorchTests
{
    private const int Examples = 6;
    private const int Values = 4;

    public static IEnumerable<object[]> Pairs =>
        new (Loss Ours, Func<Tensor, Tensor, Tensor> Theirs, Kind Labels)[]
        {
            (new MeanSquaredError(), (o, l) => F.mse_loss(o, l), Kind.Numbers),
            (new MeanAbsoluteError(), (o, l) => F.l1_loss(o, l), Kind.Numbers),
            (new Huber(), (o, l) => F.huber_loss(o, l), Kind.Numbers),
            (new Huber(0.3f), (o, l) => F.huber_loss(o, l, delta: 0.3f), Kind.Numbers),
            (new BinaryCrossentropy(), (o, l) => F.binary_cross_entropy_with_logits(o, l), Kind.Parts),
            (new SparseCategoricalCrossentropy(), (o, l) => F.cross_entropy(o, l.to(ScalarType.Int64)), Kind.Indices),
            (new CategoricalCrossentropy(), (o, l) => F.cross_entropy(o, l), Kind.Distributions),
            (new CategoricalCrossentropy(0.1f), (o, l) => F.cross_entropy(o, l, label_smoothing: 0.1f), Kind.Distributions),
            (new CosineSimilarity(), (o, l) => F.cosine_similarity(o, l, 1, 1e-12).mean().neg(), Kind.Numbers),
            // Both leave out what does not depend on the output; ours takes the logarithm of the rate.
            (new Poisson(), (o, l) => F.poisson_nll_loss(o, l, log_input: true), Kind.Counts),
            (new KLDivergence(), (o, l) => F.kl_div(F.log_softmax(o, -1), l, log_target: false, reduction: nn.Reduction.Sum) / Examples, Kind.Distributions),
        }.Select(pair => new object[] { pair.Ours, pair.Theirs, pair.Labels });

    public enum Kind
    {
        Numbers,
        Counts,
        Parts,
        Indices,
        Distributions,
    }

    [TestMethod]
    [DynamicData(nameof(Pairs))]
    public void Value_and_gradient_are_libtorchs(Loss ours, Func<Tensor, Tensor, Tensor> theirs, Kind kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        Tensor output = randn([Examples, Values], ScalarType.Float64, generator: generator).mul(2);
        Tensor labels = kind switch
        {
            Kind.Counts => randint(0, 5, [Examples, Values], ScalarType.Float64, generator: generator),
            Kind.Parts => rand([Examples, Values], ScalarType.Float64, generator: generator),
            Kind.Indices => randint(0, Values, [Examples], ScalarType.Float64, generator: generator),
            Kind.Distributions => F.softmax(randn([Examples, Values], ScalarType.Float64, generator: generator), -1),
            _ => randn([Examples, Values], ScalarType.Float64, generator: generator),
        };
        (double value, double[] gradient) = Derive(o => ours.PerExample(Activated(ours, kind, o), labels).mean(), output);
        (double expected, double[] expectedGradient) = Derive(o => theirs(o, labels), output);
        Assert.AreEqual(expected, value, 1e-6);
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.AreEqual(expectedGradient[i], gradient[i], 1e-6, $"gradient {i}");
        }
    }

    /// <summary>Losses that do not take logits get what their activation makes of them.</summary>
    private static Tensor Activated(Loss loss, Kind kind, Tensor output) =>
        loss.TakesLogits || kind == Kind.Numbers || loss.OutputActivation is null ? output : loss.OutputActivation.Apply(output);

    private static (double Value, double[] Gradient) Derive(Func<Tensor, Tensor> loss, Tensor output)
    {
        Tensor leaf = output.clone();
        leaf.requires_grad = true;
        Tensor value = loss(leaf);
        value.backward();
        return (value.item<double>(), [.. leaf.grad!.data<double>()]);
    }
}
