using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>The loops that a GPU runs compute what TorchSharp's modules do.</summary>
[TestClass]
public sealed class PackedRecurrenceTests
{
    private const int Batch = 3, Steps = 5, Features = 4, Units = 6;

    [TestMethod]
    public void LSTM_is_that_of_the_module()
    {
        long before = LiveTensors.Count();
        using (DisposeScope scope = NewDisposeScope())
        {
            using TorchSharp.Modules.LSTM module = nn.LSTM(Features, Units, batchFirst: true);
            (Tensor x, Tensor[] state, Tensor[] weights) = Given(module);
            (Tensor all, Tensor last, Tensor memory) = module.call(x, (state[0], state[1]));
            AssertSame([all, last, memory], weights, () =>
            {
                (Tensor packed, Tensor packedLast, Tensor packedMemory) = PackedRecurrence.LSTM(x, state, weights);
                return [packed, packedLast, packedMemory];
            });
        }

        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void GRU_is_that_of_the_module()
    {
        using DisposeScope scope = NewDisposeScope();
        using TorchSharp.Modules.GRU module = nn.GRU(Features, Units, batchFirst: true);
        (Tensor x, Tensor[] state, Tensor[] weights) = Given(module);
        (Tensor all, Tensor last) = module.call(x, state[0]);
        AssertSame([all, last], weights, () =>
        {
            (Tensor packed, Tensor packedLast) = PackedRecurrence.GRU(x, [state[0]], weights);
            return [packed, packedLast];
        });
    }

    private static (Tensor X, Tensor[] State, Tensor[] Weights) Given(nn.Module module)
    {
        using var generator = new Generator(4);
        Tensor[] weights = [.. module.parameters()];
        using (no_grad())
        {
            foreach (Tensor weight in weights)
            {
                weight.uniform_(-1, 1, generator);
            }
        }

        return (randn([Batch, Steps, Features], generator: generator), [randn([1, Batch, Units], generator: generator), randn([1, Batch, Units], generator: generator)], weights);
    }

    private static void AssertSame(Tensor[] expected, Tensor[] weights, Func<Tensor[]> run)
    {
        IList<Tensor> expectedGradients = autograd.grad([Sum(expected)], weights);
        Tensor[] actual = run();
        IList<Tensor> gradients = autograd.grad([Sum(actual)], weights);
        foreach ((Tensor wanted, Tensor given) in expected.Concat(expectedGradients).Zip(actual.Concat(gradients)))
        {
            NumberAssert.AreClose(Values.From(wanted), Values.From(given), 1e-6, "packed");
        }
    }

    /// <summary>Each number apart from the others.</summary>
    private static Tensor Sum(Tensor[] outputs)
    {
        Tensor all = cat([.. outputs.Select(output => output.reshape(-1))]);
        return all.dot(arange(1, all.numel() + 1, dtype: ScalarType.Float32).sin());
    }
}
