using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// For every row of the table: the gradients of inputs and weights against finite differences, in double precision with
/// the step and tolerances of PyTorch's gradcheck; and single precision, where libtorch has other kernels, against double.
/// </summary>
[TestClass]
public sealed class LayerGradientTests
{
    private const double Step = 1e-6;
    private const double Absolute = 1e-5;
    private const double Relative = 1e-3;

    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradients_are_finite_differences(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            foreach (bool training in row.ChangesWeights ? [false] : new[] { false, true })
            {
                AssertGradients(row, shapes, training, masked: false);
            }

            if ((row.Masked || row.Create().SupportsMasking) && shapes.Any(row.HasSteps))
            {
                AssertGradients(row, shapes, training: !row.ChangesWeights, masked: true);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Single_precision_gradients_are_those_of_double(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            using var scope = NewDisposeScope();
            using var exact = new LayerHarness([row.Create()], shapes, ScalarType.Float64);
            using var single = new LayerHarness([row.Create()], shapes, ScalarType.Float32);
            Dictionary<string, double[]> expected = Gradients(exact, row, new Given(row, shapes, ScalarType.Float64), training: false);
            Dictionary<string, double[]> actual = Gradients(single, row, new Given(row, shapes, ScalarType.Float32), training: false);
            double largest = expected.Values.SelectMany(values => values).Select(Math.Abs).DefaultIfEmpty().Max();
            foreach (string of in expected.Keys)
            {
                // Where large terms cancel (a softmax does not see what is added to all its scores), single precision leaves
                // the rounding of the terms.
                double own = Math.Max(1e-3, expected[of].Select(Math.Abs).DefaultIfEmpty().Max());
                NumberAssert.AreClose(
                    expected[of], actual[of], Math.Max(1e-4, 1e-6 * largest / own), $"{name}, inputs {string.Join(", ", shapes)}, {of}");
            }
        }
    }

    /// <summary>The trainer keeps all weights in one buffer and the layers' tensors as views of it.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Weights_may_move_into_one_buffer(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        IReadOnlyList<Shape> shapes = row.Cases.First();
        using var scope = NewDisposeScope();
        using var still = new LayerHarness([row.Create()], shapes);
        using var moved = new LayerHarness([row.Create()], shapes);
        (string Name, Tensor Tensor)[] leaves = [.. moved.Trainable];
        Tensor buffer = zeros(leaves.Sum(leaf => leaf.Tensor.numel()), device: TestDevice.Torch);
        Tensor gradients = zeros_like(buffer);
        using (no_grad())
        {
            long offset = 0;
            foreach ((_, Tensor tensor) in leaves)
            {
                Tensor view = buffer.narrow(0, offset, tensor.numel()).view(tensor.shape);
                view.copy_(tensor);
                tensor.set_(view);
                tensor.grad = gradients.narrow(0, offset, tensor.numel()).view(tensor.shape);
                offset += tensor.numel();
            }

            // A step that only the buffer sees has to reach the layer.
            buffer.MultiplyInPlace(0.5);
            foreach ((_, Tensor tensor) in still.Trainable)
            {
                tensor.MultiplyInPlace(0.5);
            }
        }

        Dictionary<string, double[]> expected = Gradients(still, row, new Given(row, shapes, ScalarType.Float32), training: false);
        _ = Gradients(moved, row, new Given(row, shapes, ScalarType.Float32), training: false);
        double[] wanted = [.. leaves.SelectMany(leaf => expected[leaf.Name])];
        NumberAssert.AreClose(wanted, Values.From(gradients).Data, 1e-6, name);
    }

    private static void AssertGradients(LayerInfo row, IReadOnlyList<Shape> shapes, bool training, bool masked)
    {
        using var scope = NewDisposeScope();
        using var harness = new LayerHarness([row.Create()], shapes, ScalarType.Float64);
        var given = new Given(row, shapes, ScalarType.Float64, masked);
        Dictionary<string, double[]> gradients = Gradients(harness, row, given, training);
        foreach ((string of, Tensor tensor) in Leaves(harness, row, given))
        {
            for (int i = 0; i < gradients[of].Length; i++)
            {
                double expected = Slope(harness, given, tensor, i, training);
                NumberAssert.AreClose(
                    expected, gradients[of][i], Absolute, Relative,
                    $"{row.Name}, inputs {string.Join(", ", shapes)}, training {training}, masked {masked}, {of}[{i}]");
            }
        }
    }

    /// <summary>Everything that has a gradient.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> Leaves(LayerHarness harness, LayerInfo row, Given given) =>
        row.Indices == 0 ? given.Inputs.Select((input, index) => ($"input {index}", input)).Concat(harness.Trainable) : harness.Trainable;

    private static Dictionary<string, double[]> Gradients(LayerHarness harness, LayerInfo row, Given given, bool training)
    {
        (string Name, Tensor Tensor)[] leaves = [.. Leaves(harness, row, given)];
        if (leaves.Length == 0)
        {
            return [];
        }

        Tensor loss = Loss(harness, given, training);
        if (loss.requires_grad)
        {
            loss.backward();
        }

        return leaves.ToDictionary(leaf => leaf.Name, leaf => leaf.Tensor.grad is { } gradient
            ? Values.From(gradient).Data
            : new double[leaf.Tensor.numel()]);
    }

    private static double Slope(LayerHarness harness, Given given, Tensor tensor, int index, bool training)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor value = tensor.view(-1)[index];
        double start = value.item<double>();
        value.Fill(start + Step);
        double above = Loss(harness, given, training).item<double>();
        value.Fill(start - Step);
        double below = Loss(harness, given, training).item<double>();
        value.Fill(start);
        return (above - below) / (2 * Step);
    }

    /// <summary>The outputs summed with fixed weights that are all different, so that no two of them can be confused.</summary>
    private static Tensor Loss(LayerHarness harness, Given given, bool training)
    {
        using var generator = TestDevice.Generator(7);
        Tensor output = cat([.. harness.Forward(given.Inputs, given.Masks, training, generator).Outputs.Select(part => part.reshape(-1))]);
        Tensor factors = TensorOperations.Arange(1, output.numel() + 1, ScalarType.Float64, output.device).sin().to(output.dtype);
        return output.dot(factors);
    }

    /// <summary>What a layer is given, as tensors.</summary>
    private sealed class Given
    {
        internal Given(LayerInfo row, IReadOnlyList<Shape> shapes, ScalarType type, bool masked = false)
        {
            LayerArguments arguments = LayerArguments.Random(row, shapes, 2, masked);
            Inputs = [.. arguments.Inputs.Select(input => input.ToTensor(type).requires_grad_(row.Indices == 0))];
            Masks = [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))];
        }

        internal IReadOnlyList<Tensor> Inputs { get; }

        internal IReadOnlyList<Tensor?> Masks { get; }
    }
}
