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
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            using var harness = new LayerHarness([row.Create()], shapes);
            foreach (int batch in Batches)
            {
                AssertAgree(harness, LayerArguments.Random(row, shapes, batch), row, batch);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Torch_and_onnx_agree_on_masked_steps(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in MaskedCases(row))
        {
            using var harness = new LayerHarness([row.Create()], shapes);
            foreach (int batch in Batches)
            {
                AssertAgree(harness, LayerArguments.Random(row, shapes, batch, masked: true), row, batch);
            }
        }
    }

    /// <summary>Built for steps of any number, a layer computes what it computes for that number, with and without a mask.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void A_variable_length_makes_no_difference(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        if (!row.Create().AllowsVariableLength || row.FixedLength)
        {
            return;
        }

        foreach (IReadOnlyList<Shape> shapes in row.Cases.Where(shapes => shapes.All(row.HasSteps)))
        {
            using var fixedLength = new LayerHarness([row.Create()], shapes);
            using var variable = new LayerHarness([row.Create()], [.. shapes.Select(shape => shape.With(0, Shape.Variable))]);
            foreach (bool masked in new[] { false, true })
            {
                LayerArguments arguments = LayerArguments.Random(row, shapes, 2, masked);
                LayerResults expected = fixedLength.RunTorch(arguments);
                AssertSame(expected, variable.RunTorch(arguments), 1e-6, $"{name}, libtorch, masked {masked}");
                AssertSame(expected, variable.RunOnnx(arguments), Tolerance(row), $"{name}, ONNX Runtime, masked {masked}");
            }

            for (int i = 0; i < variable.Outputs.Count; i++)
            {
                Shape known = fixedLength.Outputs[i];
                Shape inferred = variable.Outputs[i].HasVariableLength ? variable.Outputs[i].With(0, known[0]) : variable.Outputs[i];
                Assert.AreEqual(known, inferred, $"{name}: {variable.Outputs[i]} does not stand for {known}.");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Each_row_of_a_batch_is_computed_alone(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            using var harness = new LayerHarness([row.Create()], shapes);
            LayerArguments arguments = LayerArguments.Random(row, shapes, 5, masked: Accepts(row));
            LayerResults torch = harness.RunTorch(arguments);
            LayerResults onnx = harness.RunOnnx(arguments);
            for (int i = 0; i < 5; i++)
            {
                AssertSame(torch.Rows(i, 1), harness.RunTorch(arguments.Rows(i, 1)), 1e-6, $"{name}, libtorch, row {i}");
                AssertSame(onnx.Rows(i, 1), harness.RunOnnx(arguments.Rows(i, 1)), 1e-6, $"{name}, ONNX Runtime, row {i}");
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

        foreach ((int[][] inputs, string message) in row.ErrorSets)
        {
            Layer layer = row.Create() with { Name = "mine" };
            var error = Assert.ThrowsExactly<LayerShapeException>(() => layer.ComputeOutputShapes([.. inputs.Select(input => new Shape(input))]));
            StringAssert.Contains(error.Message, message);
            StringAssert.Contains(error.Message, $"{layer.GetType().Name} 'mine'");
        }

        if (row.Create() is SingleInputLayer)
        {
            Assert.ThrowsExactly<LayerShapeException>(() => row.Create().ComputeOutputShapes([row.Inputs[0], row.Inputs[0]]));
        }
    }

    private static bool Accepts(LayerInfo row) => row.Masked || row.Create().SupportsMasking;

    private static IEnumerable<IReadOnlyList<Shape>> MaskedCases(LayerInfo row) =>
        Accepts(row) ? row.Cases.Where(shapes => shapes.Any(row.HasSteps)) : [];

    /// <summary>cuDNN's recurrent loops have fast functions of less precision.</summary>
    private static double Tolerance(LayerInfo row) => TestDevice.IsCpu ? row.Tolerance : Math.Max(row.Tolerance, 1e-4);

    private static void AssertAgree(LayerHarness harness, LayerArguments arguments, LayerInfo row, int batch)
    {
        LayerResults expected = harness.RunTorch(arguments);
        string what = $"{row.Name}, inputs {string.Join(", ", arguments.Inputs.Select(input => new Shape([.. input.Dimensions.Skip(1).Select(length => (int)length)])))}, batch {batch}";
        for (int i = 0; i < harness.Outputs.Count; i++)
        {
            CollectionAssert.AreEqual(harness.Outputs[i].WithBatch(batch), expected.Outputs[i].Dimensions, $"{what}: libtorch's shape of output {i}");
        }

        AssertSame(expected, harness.RunOnnx(arguments), Tolerance(row), what);
    }

    private static void AssertSame(LayerResults expected, LayerResults actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Outputs.Count, actual.Outputs, what);
        for (int i = 0; i < expected.Outputs.Count; i++)
        {
            NumberAssert.AreClose(expected.Outputs[i], actual.Outputs[i], tolerance, $"{what}, output {i}");
            Assert.AreEqual(expected.Masks[i] is null, actual.Masks[i] is null, $"{what}: one has a mask for output {i}, the other has none.");
            if (expected.Masks[i] is { } mask)
            {
                NumberAssert.AreClose(mask, actual.Masks[i]!, 0, $"{what}, mask {i}");
            }
        }
    }
}
