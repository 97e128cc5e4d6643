using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>
/// Each operation of <see cref="TensorOperations"/> in a storm of garbage collections, on tensors so large that collections
/// fall into native calls. <c>DEEPLAYERS_STORM_REPEATS</c> prolongs it; only a Release build lets the collector have local variables.
/// </summary>
[TestClass]
public sealed class TensorOperationsStormTests
{
    private const int Size = 100_000;

    private static int Repeats => int.TryParse(Environment.GetEnvironmentVariable("DEEPLAYERS_STORM_REPEATS"), CultureInfo.InvariantCulture, out int repeats) ? repeats : 0;

    /// <summary>The public operations that reflection can call: of tensors and numbers. Products of matrices have no number.</summary>
    private static MethodInfo[] Operations => [.. typeof(TensorOperations).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(method => method.Name != nameof(TensorOperations.Matmul) && method.GetParameters().All(parameter => Argument(parameter.ParameterType, 1) is not null))];

    [TestMethod]
    public void Operations_compute_the_same_in_a_storm()
    {
        Assert.IsGreaterThan(35, Operations.Length);
        using var outer = NewDisposeScope();
        Tensor x = linspace(0.1, 1.1, Size), y = linspace(2, 3, Size), mask = x.Greater(0.5f);
        using var storm = new GarbageCollectionStorm();
        foreach (MethodInfo operation in Operations)
        {
            // Numbers that change: memory of a number that was freed may hold the same one again.
            Tensor[] expected = [.. Enumerable.Range(0, 5).Select(number => Compute(operation, x, y, mask, number))];
            var clock = Stopwatch.StartNew();
            for (int i = 0; i == 0 || clock.ElapsedMilliseconds < 10 + (200 * Repeats); i++)
            {
                using var scope = NewDisposeScope();
                Tensor same = Compute(operation, x, y, mask, i % 5).eq(expected[i % 5]).all();
                Assert.IsTrue(same.item<bool>(), $"{operation}, call {i + 1}");
            }
        }
    }

    private static Tensor Compute(MethodInfo operation, Tensor x, Tensor y, Tensor mask, int number)
    {
        int tensors = 0;
        int numbers = 0;
        return (Tensor)operation.Invoke(null, [.. operation.GetParameters().Select(parameter =>
            parameter.Name == "mask" ? mask
            : parameter.ParameterType == typeof(Tensor) ? tensors++ == 0 ? x.clone() : y
            : Argument(parameter.ParameterType, 2 + number + (10 * numbers++)))])!;
    }

    private static object? Argument(Type type, int number) =>
        type == typeof(Tensor) ? "a tensor"
        : type == typeof(Number) ? (Number)(number + 0.25)
        : type == typeof(double) ? number + 0.25
        : type == typeof(long) ? (long)number
        : null;
}
