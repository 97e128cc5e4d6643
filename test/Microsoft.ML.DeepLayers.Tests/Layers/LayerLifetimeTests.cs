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
        Values input = LayerHarness.RandomInput(row, row.Inputs[0], 2);
        Values expected;
        using (NewDisposeScope())
        {
            harness = new LayerHarness([row.Create()], row.Inputs[0]);
            expected = harness.RunTorch(input);
        }

        using (harness)
        {
            NumberAssert.AreClose(expected, harness.RunTorch(input), 0, name);
        }
    }

    private static void Use(LayerInfo row)
    {
        Shape shape = row.Inputs[0];
        Layer layer = row.Create();
        using var builder = new LayerBuilder(layer, [shape], ScalarType.Float32, CPU);
        LayerFunction function = layer.Build(builder);
        Assert.HasCount(layer.GetWeights([shape]).Count, builder.Weights.ToArray());
        foreach (bool training in new[] { true, false })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(1);
            Tensor x = LayerHarness.RandomInput(row, shape, 3).ToTensor(ScalarType.Float32).requires_grad_();
            Tensor sum = function([x], new ForwardContext(training, generator))[0].sum();
            if (sum.requires_grad)
            {
                sum.backward();
            }
        }
    }
}
