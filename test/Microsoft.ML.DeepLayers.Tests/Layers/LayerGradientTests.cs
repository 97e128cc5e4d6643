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
        foreach (Shape shape in row.Inputs)
        {
            foreach (bool training in new[] { false, true })
            {
                using var scope = NewDisposeScope();
                using var harness = new LayerHarness([row.Create()], shape, ScalarType.Float64);
                Tensor x = Input(row, shape, ScalarType.Float64);
                Dictionary<string, double[]> gradients = Gradients(harness, row, x, training);
                foreach ((string of, Tensor tensor) in Leaves(harness, row, x))
                {
                    for (int i = 0; i < gradients[of].Length; i++)
                    {
                        double expected = Slope(harness, x, tensor, i, training);
                        NumberAssert.AreClose(expected, gradients[of][i], Absolute, Relative, $"{name}, input {shape}, training {training}, {of}[{i}]");
                    }
                }
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Single_precision_gradients_are_those_of_double(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (Shape shape in row.Inputs)
        {
            using var scope = NewDisposeScope();
            using var exact = new LayerHarness([row.Create()], shape, ScalarType.Float64);
            using var single = new LayerHarness([row.Create()], shape, ScalarType.Float32);
            Dictionary<string, double[]> expected = Gradients(exact, row, Input(row, shape, ScalarType.Float64), training: false);
            Dictionary<string, double[]> actual = Gradients(single, row, Input(row, shape, ScalarType.Float32), training: false);
            foreach (string of in expected.Keys)
            {
                NumberAssert.AreClose(expected[of], actual[of], 1e-4, $"{name}, input {shape}, {of}");
            }
        }
    }

    /// <summary>The trainer keeps all weights in one buffer and the layers' tensors as views of it.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Weights_may_move_into_one_buffer(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        Shape shape = row.Inputs[0];
        using var scope = NewDisposeScope();
        using var still = new LayerHarness([row.Create()], shape);
        using var moved = new LayerHarness([row.Create()], shape);
        (string Name, Tensor Tensor)[] leaves = [.. moved.Trainable];
        Tensor buffer = zeros(leaves.Sum(leaf => leaf.Tensor.numel()));
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
            buffer.mul_(0.5);
            foreach ((_, Tensor tensor) in still.Trainable)
            {
                tensor.mul_(0.5);
            }
        }

        Dictionary<string, double[]> expected = Gradients(still, row, Input(row, shape, ScalarType.Float32), training: false);
        _ = Gradients(moved, row, Input(row, shape, ScalarType.Float32), training: false);
        double[] wanted = [.. leaves.SelectMany(leaf => expected[leaf.Name])];
        NumberAssert.AreClose(wanted, Values.From(gradients).Data, 1e-6, name);
    }

    private static Tensor Input(LayerInfo row, Shape shape, ScalarType type) =>
        LayerHarness.RandomInput(row, shape, 2).ToTensor(type).requires_grad_(row.Indices == 0);

    /// <summary>Everything that has a gradient.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> Leaves(LayerHarness harness, LayerInfo row, Tensor x) =>
        row.Indices == 0 ? harness.Trainable.Prepend(("input", x)) : harness.Trainable;

    private static Dictionary<string, double[]> Gradients(LayerHarness harness, LayerInfo row, Tensor x, bool training)
    {
        (string Name, Tensor Tensor)[] leaves = [.. Leaves(harness, row, x)];
        if (leaves.Length == 0)
        {
            return [];
        }

        Loss(harness, x, training).backward();
        return leaves.ToDictionary(leaf => leaf.Name, leaf => leaf.Tensor.grad is { } gradient
            ? Values.From(gradient).Data
            : new double[leaf.Tensor.numel()]);
    }

    private static double Slope(LayerHarness harness, Tensor x, Tensor tensor, int index, bool training)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor value = tensor.view(-1)[index];
        double start = value.item<double>();
        value.fill_(start + Step);
        double above = Loss(harness, x, training).item<double>();
        value.fill_(start - Step);
        double below = Loss(harness, x, training).item<double>();
        value.fill_(start);
        return (above - below) / (2 * Step);
    }

    /// <summary>The outputs summed with fixed weights that are all different, so that no two of them can be confused.</summary>
    private static Tensor Loss(LayerHarness harness, Tensor x, bool training)
    {
        using var generator = new Generator(7);
        Tensor output = harness.Forward(x, training, generator).reshape(-1);
        Tensor factors = arange(1, output.numel() + 1, dtype: ScalarType.Float64).sin().to(output.dtype);
        return output.dot(factors);
    }
}
