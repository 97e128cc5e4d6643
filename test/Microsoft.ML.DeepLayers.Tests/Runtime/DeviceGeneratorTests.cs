using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

[TestClass]
public sealed class DeviceGeneratorTests
{
    [TestMethod]
    public void On_the_processor_it_is_the_runs_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new DeviceGenerator(CPU);
        Assert.IsTrue(DeviceGenerator.CanRead(generator.Generator));
        Tensor before = get_rng_state();
        generator.Seed(3);
        Tensor first = rand(5, generator: generator.Generator);
        generator.Seed(3);
        Assert.IsTrue(first.Equals(rand(5, generator: generator.Generator)));
        Assert.IsTrue(before.Equals(get_rng_state()), "libtorch's own generator is left alone");
    }

    /// <summary>The kinds of random functions that layers call must take it for the device's own generator.</summary>
    [TestMethod]
    public void Elsewhere_it_stands_for_the_devices_own()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new DeviceGenerator(META);
        Assert.IsFalse(DeviceGenerator.CanRead(generator.Generator));
        Func<Generator?, Tensor>[] draws =
        [
            it => rand(7, generator: it),
            it => randn(7, generator: it),
            it => randint(0, 100, [7], ScalarType.Int64, CPU, generator: it),
            it => empty(7).bernoulli_(0.5, it!),
            it => empty(7).uniform_(0, 1, it!),
            it => empty(7).normal_(0, 1, it!),
        ];
        Tensor state = get_rng_state();
        foreach (Func<Generator?, Tensor> draw in draws)
        {
            set_rng_state(state);
            Tensor expected = draw(null);
            set_rng_state(state);
            Assert.IsTrue(expected.Equals(draw(generator.Generator)));
        }

        set_rng_state(state);
    }
}
