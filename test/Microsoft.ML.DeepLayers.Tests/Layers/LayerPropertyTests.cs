using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// What holds for every layer, whatever its options and the shapes of its inputs: for each class, random variations of
/// its rows of the table. Whatever <see cref="Layer.ComputeOutputShapes"/> lets through must be computed.
/// </summary>
[TestClass]
public sealed class LayerPropertyTests
{
    private const int Samples = 80;
    private const double Step = 1e-6;

    // A module of a user has no ONNX form to compare with.
    public static IEnumerable<string> Classes => ComponentGen.Types(typeof(Layer)).Where(type => type != typeof(ModuleLayer)).Select(type => type.Name);

    [TestMethod]
    [DynamicData(nameof(Classes))]
    public void Torch_and_onnx_agree_in_shapes_and_numbers(string name) => Try(name, (variation, random) =>
    {
        using var harness = new LayerHarness([variation.Layer], variation.Shapes);
        LayerArguments arguments = Arguments(variation, random);
        LayerResults torch = harness.RunTorch(arguments);
        LayerResults onnx = harness.RunOnnx(arguments);
        if (variation.ToString().Contains("activation", StringComparison.OrdinalIgnoreCase) && !torch.Outputs.All(output => output.Data.All(value => Math.Abs(value) < 1e6)))
        {
            return; // A chosen activation that grows, or has a logarithm, over steps: beyond what floats can compare.
        }

        for (int i = 0; i < harness.Outputs.Count; i++)
        {
            CollectionAssert.AreEqual(harness.Outputs[i].WithBatch(variation.Batch), torch.Outputs[i].Dimensions, $"libtorch's shape of output {i}");
            AssertClose(torch.Outputs[i].Data, onnx.Outputs[i].Data, $"output {i}");
            Assert.AreEqual(torch.Masks[i] is null, onnx.Masks[i] is null, "One has a mask, the other has none.");
            if (torch.Masks[i] is { } mask)
            {
                NumberAssert.AreClose(mask, onnx.Masks[i]!, 0, $"mask {i}");
            }
        }
    });

    [TestMethod]
    [DynamicData(nameof(Classes))]
    public void The_slope_along_a_random_direction_is_that_of_the_gradients(string name) => Try(name, (variation, random) =>
    {
        bool training = !variation.Row.ChangesWeights && random.Next(2) == 0;
        (double Slope, double Gradient)[] found = new (double, double)[3];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = Slopes(variation, random, training);
            if (Math.Abs(found[i].Slope - found[i].Gradient) <= 1e-5 + (1e-3 * Math.Max(Math.Abs(found[i].Slope), Math.Abs(found[i].Gradient))))
            {
                return;
            }
        }

        // One may have met a kink; not all.
        Assert.Fail($"training {training}, (slope, gradient) is {string.Join(", ", found)}.");
    });

    [TestMethod]
    [DynamicData(nameof(Classes))]
    public void It_reads_back_equal_from_JSON(string name) => Try(name, (variation, _) =>
    {
        string json = JsonSerializer.Serialize(variation.Layer, ComponentJson.Options);
        Assert.AreEqual(variation.Layer, JsonSerializer.Deserialize<Layer>(json, ComponentJson.Options));
    });

    private static void Try(string name, Action<LayerVariation, Random> check)
    {
        LayerInfo[] rows = [.. LayerTable.All.Where(row => row.Create().GetType().Name == name)];
        for (int seed = 0; seed < Samples; seed++)
        {
            var random = new Random(seed);
            LayerVariation variation = LayerVariation.Random(rows, random);
            try
            {
                using var scope = NewDisposeScope();
                check(variation, random);
            }
            catch (Exception exception)
            {
                throw new AssertFailedException($"Sample {seed}, {variation}: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Differences of a few roundings are no error where all is near 0, as what is left of x - mean(x) where all x are the same.</summary>
    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        double largest = expected.Select(Math.Abs).DefaultIfEmpty().Max();
        for (int i = 0; i < expected.Length; i++)
        {
            NumberAssert.AreClose(expected[i], actual[i], 1e-5 + (1e-4 * largest), 0, $"{what}, value {i}");
        }
    }

    private static LayerArguments Arguments(LayerVariation variation, Random random)
    {
        bool masked = (variation.Row.Masked || variation.Layer.SupportsMasking) && random.Next(2) == 0;
        LayerArguments arguments = LayerArguments.Random(variation.Row, variation.Shapes, variation.Batch, masked);
        return arguments with
        {
            Inputs = [.. variation.Shapes.Select(shape => LayerHarness.RandomInput(variation.Row, shape, variation.Batch, random.Next()))],
        };
    }

    /// <summary>The loss's slope along a random direction through all inputs and weights, by finite differences and by gradients.</summary>
    private static (double Slope, double Gradient) Slopes(LayerVariation variation, Random random, bool training)
    {
        using var scope = NewDisposeScope();
        var weights = new Random(random.Next());
        using var harness = new LayerHarness([variation.Layer], variation.Shapes, ScalarType.Float64, spec => LayerHarness.RandomWeight(spec, weights));
        LayerArguments arguments = Arguments(variation, random);
        bool real = variation.Row.Indices == 0;
        double shift = random.NextDouble(); // so that not every try meets the same kink
        Tensor[] inputs = [.. arguments.Inputs.Select(input => real
            ? input.ToTensor(ScalarType.Float64).Add(shift / input.Data.Length).requires_grad_()
            : input.ToTensor(ScalarType.Float64))];
        Tensor?[] masks = [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))];
        Tensor[] leaves = [.. real ? inputs : [], .. harness.Trainable.Select(weight => weight.Tensor)];
        using var directions = TestDevice.Generator((ulong)random.Next());
        Tensor[] direction = [.. leaves.Select(leaf => randn(leaf.shape, dtype: ScalarType.Float64, device: TestDevice.Torch, generator: directions))];

        Tensor loss = Loss();
        if (loss.requires_grad)
        {
            loss.backward();
        }

        double gradient = leaves.Zip(direction, (leaf, along) => leaf.grad is { } grad ? (grad * along).sum().item<double>() : 0).Sum();
        using var noGrad = no_grad();
        Move(Step);
        double above = Loss().item<double>();
        Move(-2 * Step);
        return ((above - Loss().item<double>()) / (2 * Step), gradient);

        void Move(double step)
        {
            foreach ((Tensor leaf, Tensor along) in leaves.Zip(direction))
            {
                leaf.AddScaledInPlace(along, step);
            }
        }

        Tensor Loss()
        {
            using var generator = TestDevice.Generator(7);
            Tensor output = cat([.. harness.Forward(inputs, masks, training, generator).Outputs.Select(part => part.reshape(-1))]);
            return output.dot(TensorOperations.Arange(1, output.numel() + 1, ScalarType.Float64, output.device).sin());
        }
    }
}
