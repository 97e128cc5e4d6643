using Microsoft.ML.DeepLayers.Tests.Layers;
using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Every layer that mixed precision computes in 16 bits gives nearly what it gives in 32, and so do its gradients.</summary>
[TestClass]
public sealed class MixedPrecisionLayerTests
{
    public static IEnumerable<string> Names => LayerTable.All.Where(row => MixedPrecision.IsHeavy(row.Create())).Select(row => row.Name);

    /// <summary>The gradient of an attention's scale is what is left of terms that cancel: 12 % off.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Outputs_and_gradients_in_bfloat16_are_nearly_those_in_float32(string name) => AssertClose(name, ScalarType.BFloat16, 0.03, 0.15);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Outputs_and_gradients_in_float16_are_nearly_those_in_float32(string name) => AssertClose(name, ScalarType.Float16, 0.004, 0.06);

    private static void AssertClose(string name, ScalarType low, double tolerance, double gradientTolerance)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            foreach (bool masked in (row.Masked || row.Create().SupportsMasking) && shapes.Any(row.HasSteps) ? [false, true] : new[] { false })
            {
                double[][] expected = Run(row, shapes, masked, ScalarType.Float32);
                double[][] actual = Run(row, shapes, masked, low);
                AssertNear(expected[0], actual[0], tolerance, $"{name}, masked {masked}");
                AssertNear(expected[1], actual[1], gradientTolerance, $"{name}, masked {masked}, gradients");
            }
        }
    }

    /// <summary>The outputs, and the gradients of all weights.</summary>
    private static double[][] Run(LayerInfo row, IReadOnlyList<Shape> shapes, bool masked, ScalarType type)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using var harness = new LayerHarness([row.Create()], shapes, type);
        LayerArguments arguments = LayerArguments.Random(row, shapes, 2, masked);
        IReadOnlyList<Tensor> outputs = harness.Forward(
            [.. arguments.Inputs.Select(input => input.ToTensor(type).requires_grad_())], [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))]).Outputs;
        Assert.IsTrue(outputs.All(output => output.dtype == type), "the outputs have the layer's type");
        // Each number apart from the others, so that none is lost in a sum.
        Tensor all = cat([.. outputs.Select(output => output.reshape(-1).to(ScalarType.Float32))]);
        all.dot(arange(1, all.numel() + 1, dtype: ScalarType.Float32, device: all.device).sin()).backward();
        return
        [
            Values.From(all).Data,
            [.. harness.Trainable.SelectMany(weight => weight.Tensor.grad is { } gradient ? Values.From(gradient).Data : new double[weight.Tensor.numel()])],
        ];
    }

    /// <summary>Compares by length: single numbers may be differences of large ones.</summary>
    private static void AssertNear(double[] expected, double[] actual, double tolerance, string message)
    {
        Assert.HasCount(expected.Length, actual);
        double length = Math.Sqrt(expected.Sum(value => value * value));
        double difference = Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum());
        Assert.IsTrue(difference <= tolerance * Math.Max(length, 1e-2), $"{message}: off by {difference / length:P2}");
    }
}
