using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>For every row of the table: libtorch, ONNX Runtime and the inferred shape say the same.</summary>
[TestClass]
public sealed class LayerParityTests
{
    private static readonly int[] Batches = [1, 2, 5];

    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Torch_and_onnx_agree(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (Shape shape in row.Inputs)
        {
            using var harness = new LayerHarness([row.Create()], shape);
            foreach (int batch in Batches)
            {
                Values input = LayerHarness.RandomInput(row, shape, batch);
                Values expected = harness.RunTorch(input);
                CollectionAssert.AreEqual(harness.Output.WithBatch(batch), expected.Dimensions, "libtorch's shape");
                NumberAssert.AreClose(expected, harness.RunOnnx(input), row.Tolerance, $"{name}, input {shape}, batch {batch}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Each_row_of_a_batch_is_computed_alone(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (Shape shape in row.Inputs)
        {
            using var harness = new LayerHarness([row.Create()], shape);
            Values input = LayerHarness.RandomInput(row, shape, 5);
            Values torch = harness.RunTorch(input);
            Values onnx = harness.RunOnnx(input);
            for (int i = 0; i < 5; i++)
            {
                NumberAssert.AreClose(torch.Rows(i, 1), harness.RunTorch(input.Rows(i, 1)), 1e-6, $"{name}, libtorch, row {i}");
                NumberAssert.AreClose(onnx.Rows(i, 1), harness.RunOnnx(input.Rows(i, 1)), 1e-6, $"{name}, ONNX Runtime, row {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Wrong_shapes_are_refused_by_name(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach ((int[] input, string message) in row.Errors)
        {
            Layer layer = row.Create() with { Name = "mine" };
            var error = Assert.ThrowsExactly<LayerShapeException>(() => layer.ComputeOutputShapes([input]));
            StringAssert.Contains(error.Message, message);
            StringAssert.Contains(error.Message, new Shape(input).ToString());
            StringAssert.Contains(error.Message, layer.GetType() == typeof(Bidirectional) ? "Layer " : $"{layer.GetType().Name} 'mine'");
        }

        if (row.Create() is SingleInputLayer)
        {
            Assert.ThrowsExactly<LayerShapeException>(() => row.Create().ComputeOutputShapes([row.Inputs[0], row.Inputs[0]]));
        }
    }
}
