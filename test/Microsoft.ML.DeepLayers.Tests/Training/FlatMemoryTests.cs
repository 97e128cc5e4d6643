using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Loops of our own over the memory of tensors.</summary>
[TestClass]
public sealed class FlatMemoryTests
{
    /// <summary>Lengths around a vector's and around that from which threads share the work.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(8)]
    [DataRow(67)]
    [DataRow(65_535)]
    [DataRow(200_003)]
    public void A_step_of_Adam_over_memory_is_that_of_the_rule_for_every_value(int length)
    {
        var random = new Random(length);
        float[] values = Numbers(random, length);
        float[] gradients = Numbers(random, length);
        using DisposeScope scope = NewDisposeScope();
        using TestBuffer buffer = TestBuffer.Of(tensor(values));
        buffer.Parameters.Gradients.copy_(tensor(gradients));
        using OptimizerState state = new Adam(learningRate: 0.01f).CreateState(buffer.Parameters);
        const int Steps = 3;
        for (int step = 0; step < Steps; step++)
        {
            state.Step(0.01);
        }

        float[] actual = buffer.Parameters.Values.data<float>().ToArray();
        for (int i = 0; i < length; i++)
        {
            // Kingma and Ba's rule, as Keras writes it, in double.
            (double w, double m, double v) = (values[i], 0, 0);
            for (int t = 1; t <= Steps; t++)
            {
                m = (0.9 * m) + (0.1 * gradients[i]);
                v = (0.999 * v) + (0.001 * gradients[i] * gradients[i]);
                w -= 0.01 * Math.Sqrt(1 - Math.Pow(0.999, t)) / (1 - Math.Pow(0.9, t)) * m / (Math.Sqrt(v) + 1e-7);
            }

            Assert.AreEqual(w, actual[i], 1e-5, $"value {i}");
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(65_536)]
    [DataRow(65_537)]
    [DataRow(1_000_003)]
    public void Parts_cover_every_value_once(int length)
    {
        int[] visits = new int[length];
        FlatMemory.ForParts(length, (offset, count) =>
        {
            for (long i = offset; i < offset + count; i++)
            {
                Interlocked.Increment(ref visits[i]);
            }
        });
        Assert.IsTrue(Array.TrueForAll(visits, visit => visit == 1));
    }

    [TestMethod]
    public void Memory_is_the_tensors_own_and_clearing_clears_it()
    {
        using Tensor values = arange(1, 100_001, ScalarType.Float32);
        FlatMemory memory = FlatMemory.Of(values)!;
        Assert.AreEqual(100_000, memory.Length);
        Assert.AreEqual(100_000f, memory.Part(99_999, 1)[0]);
        memory.Clear();
        using Tensor sum = values.abs().sum();
        Assert.AreEqual(0f, sum.item<float>());
    }

    [TestMethod]
    public void Tensors_that_are_not_plain_32_bit_numbers_have_none()
    {
        using Tensor doubles = zeros(4, ScalarType.Float64);
        using Tensor matrix = zeros(2, 3);
        using Tensor turned = matrix.t();
        using Tensor nothing = zeros(0);
        Assert.IsNull(FlatMemory.Of(doubles));
        Assert.IsNull(FlatMemory.Of(turned));
        Assert.IsNull(FlatMemory.Of(nothing));
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
}
