using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

[TestClass]
public sealed class DropoutTests
{
    private static readonly Values Ones = Values.Of([.. Enumerable.Repeat(1.0, 40_000)], 40, 1000);

    [TestMethod]
    public void Training_zeroes_the_rate_and_scales_the_rest()
    {
        using var harness = new LayerHarness([new Dropout(0.3f)], new Shape(1000));
        double[] output = harness.RunTorch(Ones, training: true).Data;
        double[] kept = [.. output.Where(value => value != 0)];
        // The standard deviation of the fraction is sqrt(0.3 · 0.7 / 40,000) = 0.0023.
        Assert.AreEqual(0.7, kept.Length / 40_000.0, 0.01);
        Assert.IsTrue(kept.All(value => Math.Abs(value - (1 / 0.7)) < 1e-6));
    }

    [TestMethod]
    public void The_generator_alone_decides()
    {
        using var harness = new LayerHarness([new Dropout(0.5f)], new Shape(1000));
        double[] first = harness.RunTorch(Ones, training: true, seed: 1).Data;
        manual_seed(99); // libtorch's own generator, which other code of the process may use at any time.
        CollectionAssert.AreEqual(first, harness.RunTorch(Ones, training: true, seed: 1).Data);
        CollectionAssert.AreNotEqual(first, harness.RunTorch(Ones, training: true, seed: 2).Data);
    }

    [TestMethod]
    public void The_next_pass_drops_others()
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([new Dropout(0.5f)], new Shape(1000));
        using var generator = TestDevice.Generator(1);
        Tensor x = Ones.ToTensor(ScalarType.Float32);
        Values first = Values.From(harness.Forward(x, training: true, generator));
        Values second = Values.From(harness.Forward(x, training: true, generator));
        CollectionAssert.AreNotEqual(first.Data, second.Data);
        CollectionAssert.AreEqual(Ones.Data, Values.From(x).Data, "The input is not to change.");
    }

    [TestMethod]
    public void Scoring_changes_nothing()
    {
        using var harness = new LayerHarness([new Dropout(0.5f)], new Shape(1000));
        CollectionAssert.AreEqual(Ones.Data, harness.RunTorch(Ones).Data);
    }

    [TestMethod]
    public void Training_without_a_generator_is_refused()
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([new Dropout(0.5f)], new Shape(1000));
        Assert.ThrowsExactly<InvalidOperationException>(() => harness.Forward(Ones.ToTensor(ScalarType.Float32), training: true));
    }
}
