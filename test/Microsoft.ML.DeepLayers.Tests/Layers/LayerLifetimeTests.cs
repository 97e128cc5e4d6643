using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Native memory: what a layer builds is freed with its builder, and lives until then.</summary>
[TestClass]
public sealed class LayerLifetimeTests
{
    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Nothing_is_left_behind(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        Use(row); // Static tensors, such as the scalars that libtorch keeps, come to life here.
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Use(row);
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_built_layer_outlives_the_scope_that_it_was_built_in(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        LayerHarness harness;
        IReadOnlyList<Shape> shapes = row.Cases.First();
        LayerArguments input = LayerArguments.Random(row, shapes, 2);
        LayerResults expected;
        using (NewDisposeScope())
        {
            harness = new LayerHarness([row.Create()], shapes);
            expected = harness.RunTorch(input);
        }

        using (harness)
        {
            LayerResults actual = harness.RunTorch(input);
            for (int i = 0; i < expected.Outputs.Count; i++)
            {
                NumberAssert.AreClose(expected.Outputs[i], actual.Outputs[i], 0, name);
            }
        }
    }

    private static void Use(LayerInfo row)
    {
        IReadOnlyList<Shape> shapes = row.Cases.First();
        Layer layer = row.Create();
        using var builder = new LayerBuilder(layer, shapes, ScalarType.Float32, TestDevice.Torch);
        LayerFunction function = builder.BuildLayer();
        Assert.HasCount(layer.GetWeights(shapes).Count, builder.Weights.ToArray());
        foreach ((bool training, bool masked) in new[] { (true, false), (false, false), (true, true) })
        {
            using var scope = NewDisposeScope();
            using var generator = TestDevice.Generator(1);
            LayerArguments arguments = LayerArguments.Random(row, shapes, 3, masked);
            Tensor[] inputs = [.. arguments.Inputs.Select(input => input.ToTensor(ScalarType.Float32).requires_grad_())];
            Tensor?[] masks = [.. arguments.Masks.Select(mask => mask?.ToTensor(ScalarType.Bool))];
            Tensor sum = function(inputs, new ForwardContext(training, generator) { Masks = masks })[0].sum();
            layer.ComputeMasks(inputs, masks);
            if (sum.requires_grad)
            {
                sum.backward();
            }
        }
    }
}
