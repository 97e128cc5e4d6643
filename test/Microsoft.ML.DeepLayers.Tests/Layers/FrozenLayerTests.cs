using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// For every row of the table: gradients where only a part is asked for. A first layer and one behind a frozen layer get an
/// input without a gradient; a frozen layer has weights without one. libtorch's backward passes have branches for each,
/// of which one ended the process.
/// </summary>
[TestClass]
public sealed class FrozenLayerTests
{
    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_are_the_same_whichever_part_is_frozen(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            foreach (bool training in row.ChangesWeights ? [false] : new[] { false, true })
            {
                AssertParts(row, shapes, training);
            }
        }
    }

    /// <summary>Training steps of layers whose weights change by themselves cannot be compared, but have to end well.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_step_of_a_frozen_part_leaves_finite_gradients(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        if (!row.ChangesWeights)
        {
            return;
        }

        foreach (bool[] wanted in Parts(row, row.Cases.First()))
        {
            Dictionary<string, double[]> gradients = Gradients(row, row.Cases.First(), training: true, wanted);
            Assert.IsTrue(gradients.Values.SelectMany(values => values).All(double.IsFinite), name);
        }
    }

    private static void AssertParts(LayerInfo row, IReadOnlyList<Shape> shapes, bool training)
    {
        bool[][] parts = [.. Parts(row, shapes)];
        Dictionary<string, double[]> expected = Gradients(row, shapes, training, [.. parts[0].Select(_ => true)]);
        foreach (bool[] wanted in parts)
        {
            foreach ((string of, double[] gradient) in Gradients(row, shapes, training, wanted))
            {
                NumberAssert.AreClose(expected[of], gradient, 1e-4, $"{row.Name}, inputs {string.Join(", ", shapes)}, training {training}, {of}");
            }
        }
    }

    /// <summary>Choices of what gets a gradient, the inputs first and then each weight: without the inputs, one alone, all but one.</summary>
    private static IEnumerable<bool[]> Parts(LayerInfo row, IReadOnlyList<Shape> shapes)
    {
        using var harness = new LayerHarness([row.Create()], shapes);
        int count = 1 + harness.Trainable.Count();
        bool[][] parts =
        [
            [.. Enumerable.Range(0, count).Select(index => index > 0)],
            .. Enumerable.Range(0, count).Select(one => Enumerable.Range(0, count).Select(index => index == one).ToArray()),
            .. Enumerable.Range(0, count).Select(one => Enumerable.Range(0, count).Select(index => index != one).ToArray()),
        ];
        return parts.Where(part => row.Indices == 0 || !part[0]).DistinctBy(part => string.Join(" ", part));
    }

    private static Dictionary<string, double[]> Gradients(LayerInfo row, IReadOnlyList<Shape> shapes, bool training, bool[] wanted)
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([row.Create()], shapes);
        bool hasInputGradients = wanted[0] && row.Indices == 0;
        Tensor[] inputs = [.. LayerArguments.Random(row, shapes, 2, masked: false).Inputs
            .Select(input => input.ToTensor(ScalarType.Float32).requires_grad_(hasInputGradients))];
        (string Name, Tensor Tensor)[] weights = [.. harness.Trainable];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i].Tensor.requires_grad_(wanted[i + 1]);
        }

        using var generator = TestDevice.Generator(7);
        Tensor output = cat([.. harness.Forward(inputs, new Tensor?[inputs.Length], training, generator).Outputs.Select(part => part.reshape(-1))]);
        if (!output.requires_grad)
        {
            return [];
        }

        // Factors that are all different, so that no two outputs can be confused.
        Tensor factors = tensor(Enumerable.Range(1, (int)output.numel()).Select(Convert.ToDouble).ToArray()).sin().to(output.dtype, output.device);
        output.mul(factors).sum().backward();
        return weights.Concat(inputs.Select((input, index) => ($"input {index}", input))).Where(leaf => leaf.Item2.grad is not null)
            .ToDictionary(leaf => leaf.Item1, leaf => Values.From(leaf.Item2.grad!).Data);
    }
}
