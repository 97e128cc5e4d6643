using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// For every row of the table: outputs and gradients of a training step in a storm of garbage collections, the same to the bit
/// as without. A number or generator that is freed while libtorch reads it gives others, or ends the process.
/// </summary>
[TestClass]
public sealed class LayerStormTests
{
    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Outputs_and_gradients_are_the_same_in_a_storm(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        double[][] calm = [.. row.Cases.Select(shapes => Step(row, shapes))];
        using var storm = new GarbageCollectionStorm();
        for (int i = 0; i < 2; i++)
        {
            double[][] stormy = [.. row.Cases.Select(shapes => Step(row, shapes))];
            for (int j = 0; j < calm.Length; j++)
            {
                CollectionAssert.AreEqual(calm[j], stormy[j], $"{name}, case {j}");
            }
        }
    }

    private static double[] Step(LayerInfo row, IReadOnlyList<Shape> shapes)
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([row.Create()], shapes);
        LayerArguments arguments = LayerArguments.Random(row, shapes, 2, masked: row.Masked);
        Tensor[] inputs = [.. arguments.Inputs.Select(input => input.ToTensor(ScalarType.Float32).requires_grad_(row.Indices == 0))];
        Tensor?[] masks = [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))];
        Generator generator = TestDevice.Generator(7);
        Tensor output = cat([.. harness.Forward(inputs, masks, training: true, generator).Outputs.Select(part => part.reshape(-1))]);
        // Factors that are all different, so that no two outputs can be confused.
        double[] factors = [.. Enumerable.Range(1, (int)output.numel()).Select(i => Math.Sin(i))];
        Tensor loss = output.dot(Values.Of(factors, factors.Length).ToTensor(output.dtype));
        if (loss.requires_grad)
        {
            loss.backward();
        }

        double[] numbers =
        [
            .. Values.From(output).Data,
            .. inputs.Concat(harness.Trainable.Select(weight => weight.Tensor)).Where(leaf => leaf.grad is not null).SelectMany(leaf => Values.From(leaf.grad!).Data),
        ];
        generator.Dispose();
        return numbers;
    }
}
