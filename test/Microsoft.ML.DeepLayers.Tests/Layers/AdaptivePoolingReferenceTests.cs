using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Adaptive poolings and poolings of volumes against worked numbers and the definition, and poolings of masked steps.</summary>
[TestClass]
public sealed class AdaptivePoolingReferenceTests
{
    [TestMethod]
    public void Windows_begin_at_the_floor_and_end_at_the_ceiling()
    {
        // Of five positions: 0..1, 1..3, 3..4.
        AssertPools(new AdaptiveAveragePooling1D(3), [1, 2, 3, 4, 10], [1.5, 3, 7], 5);
        AssertPools(new AdaptiveMaxPooling1D(3), [5, 4, 1, 2, 3], [5, 4, 3], 5);
        // More windows than positions: 0, 0..1, 1.
        AssertPools(new AdaptiveAveragePooling1D(3), [2, 6], [2, 4, 6], 2);
        AssertPools(new AdaptiveMaxPooling1D(3), [2, 6], [2, 6, 6], 2);
        // Evenly: 0..1, 2..3, 4..5.
        AssertPools(new AdaptiveAveragePooling1D(3), [1, 3, 5, 7, 9, 11], [2, 6, 10], 6);
    }

    [TestMethod]
    public void Windows_over_an_image_are_those_of_its_axes()
    {
        // Rows 0..1 and 1..2 of three; columns 0..1, 1..3 and 3..4 of five.
        double[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        AssertPools(new AdaptiveAveragePooling2D((2, 3)), image, [4, 5.5, 7, 9, 10.5, 12], 3, 5);
        AssertPools(new AdaptiveMaxPooling2D((2, 3)), image, [7, 9, 10, 12, 14, 15], 3, 5);
    }

    /// <summary>Every size to every size, against windows taken one by one: whether ONNX gets a window that slides or not.</summary>
    [TestMethod]
    public void Any_length_becomes_any_other()
    {
        var random = new Random(3);
        for (int length = 1; length <= 9; length += 2)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble())];
            for (int outputs = 1; outputs <= 7; outputs++)
            {
                double[][] windows =
                [
                    .. Enumerable.Range(0, outputs).Select(i => values[(int)Math.Floor((double)i * length / outputs)..(int)Math.Ceiling((i + 1.0) * length / outputs)]),
                ];
                AssertPools(new AdaptiveAveragePooling1D(outputs), values, [.. windows.Select(window => window.Average())], length);
                AssertPools(new AdaptiveMaxPooling1D(outputs), values, [.. windows.Select(window => window.Max())], length);
            }
        }
    }

    /// <summary>A volume against its axes: the depth, the height and the width are not confused.</summary>
    [TestMethod]
    public void Windows_over_a_volume_are_those_of_its_axes()
    {
        var random = new Random(4);
        (int Length, int Outputs)[] axes = [(3, 2), (4, 3), (5, 4)];
        double[] volume = [.. Enumerable.Range(0, 60).Select(_ => random.NextDouble())];
        double[][] windows =
        [
            .. from depths in Windows(axes[0])
               from heights in Windows(axes[1])
               from widths in Windows(axes[2])
               select (from depth in depths from height in heights from width in widths select volume[(((depth * 4) + height) * 5) + width]).ToArray(),
        ];
        AssertPools(new AdaptiveAveragePooling3D((2, 3, 4)), volume, [.. windows.Select(window => window.Average())], 3, 4, 5);
        AssertPools(new AdaptiveMaxPooling3D((2, 3, 4)), volume, [.. windows.Select(window => window.Max())], 3, 4, 5);

        static IEnumerable<int[]> Windows((int Length, int Outputs) axis) => Enumerable.Range(0, axis.Outputs).Select(i => Enumerable.Range(0, axis.Length)
            .Where(position => position >= Math.Floor((double)i * axis.Length / axis.Outputs) && position < Math.Ceiling((i + 1.0) * axis.Length / axis.Outputs)).ToArray());
    }

    [TestMethod]
    public void Adaptive_poolings_are_few_nodes()
    {
        AssertNodes(new AdaptiveAveragePooling2D(2), [4, 6, 2], "Transpose", "AveragePool", "Transpose");
        AssertNodes(new AdaptiveMaxPooling2D(2), [5, 3, 2], "Transpose", "MaxPool", "Transpose");
        AssertNodes(new AdaptiveAveragePooling3D(3), [4, 5, 7, 1], "Einsum");
        AssertNodes(new AdaptiveMaxPooling1D(3), [5, 2], "Gather", "ReduceMax");
        AssertNodes(new AdaptiveMaxPooling2D((2, 3)), [4, 5, 2], "Transpose", "MaxPool", "Gather", "ReduceMax", "Transpose");
        AssertNodes(new AdaptiveMaxPooling1D(5), [5, 2]);

        static void AssertNodes(Layer layer, int[] input, params string[] expected)
        {
            using var harness = new LayerHarness([layer], new Shape(input));
            GraphProto graph = harness.ExportModel().Graph;
            CollectionAssert.AreEqual(expected, graph.Node.Select(node => node.OpType).Where(name => name != "Identity").ToArray(), $"{layer}: {string.Join(" ", graph.Node.Select(node => node.OpType))}");
        }
    }

    /// <summary>Behind a convolution, which leaves the channels first.</summary>
    [TestMethod]
    public void Adaptive_poolings_follow_the_layout()
    {
        foreach (Layer layer in new Layer[] { new AdaptiveAveragePooling2D((3, 2)), new AdaptiveMaxPooling2D((3, 2)), new AdaptiveMaxPooling2D(3), new AdaptiveAveragePooling2D(3) })
        {
            using var harness = new LayerHarness([new Conv2D(3, 2), layer, new Conv2D(2, 1)], new Shape(6, 5, 2));
            Values values = LayerHarness.RandomInput(new LayerInfo("chain", () => layer), new Shape(6, 5, 2), 2);
            NumberAssert.AreClose(harness.RunTorch(values), harness.RunOnnx(values), 1e-5, $"{layer}");
            Assert.AreEqual(2, harness.ExportModel().Graph.Node.Count(node => node.OpType == "Transpose"), $"{layer}");
        }
    }

    [TestMethod]
    public void Pooling_of_a_volume_leaves_padding_out()
    {
        // 1 × 2 × 3 under a window of 2 with stride 2: both axes are padded at the end. Depth: alone; height: both; width: two, then one.
        double[] volume = [1, 2, 3, 4, 5, 6];
        AssertPools(new AveragePooling3D(2, padding: Padding.Same), volume, [3, 4.5], 1, 2, 3);
        AssertPools(new MaxPooling3D(2, padding: Padding.Same), [.. volume.Select(value => -value)], [-1, -3], 1, 2, 3);
        // Without padding, the depth, height and width of the window in this order.
        AssertPools(new MaxPooling3D((1, 2, 3)), volume, [6], 1, 2, 3);
        AssertPools(new AveragePooling3D((1, 2, 1), strides: 1), volume, [2.5, 3.5, 4.5], 1, 2, 3);
        Assert.AreEqual(new MaxPooling3D(2), new MaxPooling3D());
        Assert.AreEqual(new AveragePooling3D((2, 2, 2)), new AveragePooling3D());
    }

    [TestMethod]
    public void Global_pooling_of_a_volume_is_per_channel()
    {
        double[] volume = [1, 10, 2, 20, 3, 30, 6, 60];
        AssertGives(new GlobalAveragePooling3D(), volume, [2, 1, 2, 2], [3, 30]);
        AssertGives(new GlobalMaxPooling3D(), volume, [2, 1, 2, 2], [6, 60]);
        Assert.AreEqual(new Shape(1, 1, 1, 2), new GlobalMaxPooling3D(keepDims: true).ComputeOutputShape(new Shape(2, 3, 2, 2)));
    }

    [TestMethod]
    public void The_global_average_is_over_the_steps_that_count()
    {
        Values steps = Values.Of([1, 10, 2, 20, double.PositiveInfinity, 99, 1, 2, 3, 4, 5, 6], 2, 3, 2);
        var arguments = new LayerArguments([steps], [Values.Of([1, 1, 0, 0, 0, 1], 2, 3)]);
        using var harness = new LayerHarness([new GlobalAveragePooling1D()], new Shape(3, 2));
        NumberAssert.AreClose([1.5, 15, 5, 6], harness.RunTorch(arguments).Outputs[0].Data, 1e-6, "libtorch");
        NumberAssert.AreClose([1.5, 15, 5, 6], harness.RunOnnx(arguments).Outputs[0].Data, 1e-6, "ONNX Runtime");
    }

    [TestMethod]
    public void The_global_average_of_no_steps_is_not_a_number()
    {
        var arguments = new LayerArguments([Values.Of([1, 2], 1, 2, 1)], [Values.Of([0, 0], 1, 2)]);
        using var harness = new LayerHarness([new GlobalAveragePooling1D()], new Shape(2, 1));
        Assert.IsTrue(double.IsNaN(harness.RunTorch(arguments).Outputs[0].Data[0]));
        Assert.IsTrue(double.IsNaN(harness.RunOnnx(arguments).Outputs[0].Data[0]));
    }

    /// <summary>Keras's GlobalMaxPooling1D and its sliding poolings know nothing of masks.</summary>
    [TestMethod]
    public void Other_poolings_count_masked_steps()
    {
        Values steps = Values.Of([1, 2, 9], 1, 3, 1);
        var arguments = new LayerArguments([steps], [Values.Of([1, 1, 0], 1, 3)]);
        foreach ((Layer layer, double[] expected) in new (Layer, double[])[]
        {
            (new GlobalMaxPooling1D(), [9]), (new MaxPooling1D(2, strides: 1), [2, 9]), (new AveragePooling1D(3), [4]), (new AdaptiveMaxPooling1D(1), [9]),
        })
        {
            using var harness = new LayerHarness([layer], new Shape(3, 1));
            NumberAssert.AreClose(expected, harness.RunTorch(arguments).Outputs[0].Data, 1e-6, $"{layer}, libtorch");
            NumberAssert.AreClose(expected, harness.RunOnnx(arguments).Outputs[0].Data, 1e-6, $"{layer}, ONNX Runtime");
        }
    }

    /// <summary>A batch of another length has other padding: one network, built once, against layers built for each length.</summary>
    [TestMethod]
    public void Sequences_of_any_length_are_padded_as_their_length_asks()
    {
        foreach (Layer layer in new Layer[]
        {
            new AveragePooling1D(3, strides: 2, padding: Padding.Same), new AveragePooling1D(4, strides: 1, padding: Padding.Same),
            new MaxPooling1D(4, strides: 3, padding: Padding.Same), new AveragePooling1D(2, strides: 3), new MaxPooling1D(1, strides: 1, padding: Padding.Same),
        })
        {
            using var any = new LayerHarness([layer], new Shape(Shape.Variable, 2));
            for (int steps = 2; steps <= 8; steps++)
            {
                Values values = LayerHarness.RandomInput(new LayerInfo("steps", () => layer), new Shape(steps, 2), 2);
                using var known = new LayerHarness([layer], new Shape(steps, 2));
                Values expected = known.RunOnnx(values);
                NumberAssert.AreClose(expected, any.RunTorch(values), 1e-6, $"{layer}, {steps} steps, libtorch");
                NumberAssert.AreClose(expected, any.RunOnnx(values), 1e-6, $"{layer}, {steps} steps, ONNX Runtime");
            }
        }
    }

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in new (Func<object>, string)[]
        {
            (() => new AdaptiveAveragePooling1D(0), "outputSize"),
            (() => new AdaptiveMaxPooling1D(-1), "outputSize"),
            (() => new AdaptiveAveragePooling2D(0), "height"),
            (() => new AdaptiveMaxPooling3D((1, 1, 0)), "width"),
            (() => new MaxPooling3D(0), "depth"),
            (() => new MaxPooling3D(2, padding: Padding.Causal), "padding"),
            (() => new AveragePooling3D(2, strides: (1, 0, 1)), "height"),
            (() => new AveragePooling3D(2, padding: (Padding)7), "padding"),
            (() => new UpSampling3D((1, 0, 1)), "height"),
        })
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    private static void AssertPools(Layer layer, double[] input, double[] expected, params int[] positions) =>
        AssertGives(layer, input, [.. positions, 1], expected);

    private static void AssertGives(Layer layer, double[] input, int[] shape, double[] expected)
    {
        using var harness = new LayerHarness([layer], new Shape(shape));
        Values values = new(new Shape(shape).WithBatch(1), input);
        NumberAssert.AreClose(expected, harness.RunTorch(values).Data, 1e-6, $"{layer}, {string.Join(" × ", shape)}, libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(values).Data, 1e-6, $"{layer}, {string.Join(" × ", shape)}, ONNX Runtime");
    }
}
