using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Layers that change the shape, against worked numbers; where Keras, libtorch and ONNX differ, Keras is right.</summary>
[TestClass]
public sealed class ReshapingReferenceTests
{
    private static readonly double[] Counted = [.. Enumerable.Range(1, 24).Select(number => (double)number)];

    [TestMethod]
    public void Cropping_takes_the_first_number_from_the_beginning()
    {
        AssertGives(new Cropping1D((1, 2)), [1, 2, 3, 4, 5], [5, 1], [2, 3], [2, 1]);
        AssertGives(new Cropping1D(), [1, 2, 3, 4, 5], [5, 1], [2, 3, 4], [3, 1]);
    }

    [TestMethod]
    public void Cropping_of_an_image_is_top_bottom_left_right()
    {
        // Rows 1..3 of four columns; the top row and the two right columns go.
        AssertGives(new Cropping2D(((1, 0), (0, 2))), Counted[..12], [3, 4, 1], [5, 6, 9, 10], [2, 2, 1]);
        AssertGives(new Cropping2D((1, 0)), Counted[..12], [3, 4, 1], [5, 6, 7, 8], [1, 4, 1]);
        AssertGives(new Cropping2D(), Counted[..12], [3, 4, 1], Counted[..12], [3, 4, 1]);
    }

    [TestMethod]
    public void Cropping_of_a_volume_is_depth_height_width()
    {
        // Two slices of three rows of four columns: the first slice, the last row, the first three columns go.
        AssertGives(new Cropping3D(((1, 0), (0, 1), (3, 0))), Counted, [2, 3, 4, 1], [16, 20], [1, 2, 1, 1]);
        Assert.AreEqual(new Shape(24, 20, 6, 3), new Cropping3D((2, 4, 2)).ComputeOutputShape(new Shape(28, 28, 10, 3)));
        Assert.AreEqual(new Shape(1, 2, 3, 1), new Cropping3D().ComputeOutputShape(new Shape(3, 4, 5, 1)));
    }

    [TestMethod]
    public void Zeros_come_at_the_beginning_first()
    {
        AssertGives(new ZeroPadding1D((1, 2)), [7, 8], [2, 1], [0, 7, 8, 0, 0], [5, 1]);
        AssertGives(new ZeroPadding1D(), [1, 2, 3, 4], [2, 2], [0, 0, 1, 2, 3, 4, 0, 0], [4, 2]);
    }

    [TestMethod]
    public void Zeros_around_an_image_are_top_bottom_left_right()
    {
        AssertGives(new ZeroPadding2D(((1, 0), (0, 2))), [1, 2, 3, 4], [2, 2, 1], [0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0], [3, 4, 1]);
        AssertGives(new ZeroPadding2D((1, 0)), [1, 2], [1, 2, 1], [0, 0, 1, 2, 0, 0], [3, 2, 1]);
        Assert.AreEqual(new Shape(4, 5, 3), new ZeroPadding2D().ComputeOutputShape(new Shape(2, 3, 3)));
    }

    [TestMethod]
    public void Zeros_around_a_volume_are_depth_height_width()
    {
        AssertGives(new ZeroPadding3D(((1, 0), (0, 1), (2, 0))), [9], [1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0], [2, 2, 3, 1]);
        Assert.AreEqual(new Shape(3, 4, 5, 1), new ZeroPadding3D().ComputeOutputShape(new Shape(1, 2, 3, 1)));
    }

    [TestMethod]
    public void Upsampling_repeats_each_position_before_the_next()
    {
        AssertGives(new UpSampling1D(3), [1, 2, 3, 4], [2, 2], [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4], [6, 2]);
        AssertGives(new UpSampling2D((2, 1)), [1, 2, 3, 4], [2, 2, 1], [1, 2, 1, 2, 3, 4, 3, 4], [4, 2, 1]);
        AssertGives(new UpSampling2D(), [1, 2], [1, 2, 1], [1, 1, 2, 2, 1, 1, 2, 2], [2, 4, 1]);
        AssertGives(new UpSampling3D((2, 1, 3)), [1, 2], [1, 2, 1, 1], [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2], [2, 2, 3, 1]);
        Assert.AreEqual(new Shape(2, 4, 6, 1), new UpSampling3D().ComputeOutputShape(new Shape(1, 2, 3, 1)));
    }

    /// <summary>Pixel i of the output lies at (i + 0.5) / factor - 0.5 of the input, and at its border where that is outside.</summary>
    [TestMethod]
    public void Bilinear_upsampling_goes_by_the_centers_of_pixels()
    {
        // At -0.25, 0.25, 0.75 and 1.25.
        AssertGives(new UpSampling2D((1, 2), Interpolation.Bilinear), [1, 3], [1, 2, 1], [1, 1.5, 2.5, 3], [1, 4, 1]);
        // At -1/3, 0, 1/3, 2/3, 1 and 4/3.
        AssertGives(new UpSampling2D((3, 1), Interpolation.Bilinear), [0, 3], [2, 1, 1], [0, 0, 1, 2, 3, 3], [6, 1, 1]);
        // Both ways at once, with two channels, of which the second is ten times the first.
        double[] expected = [0, 1, 3, 4, 0.5, 1.5, 3.5, 4.5, 1.5, 2.5, 4.5, 5.5, 2, 3, 5, 6];
        AssertGives(
            new UpSampling2D(2, Interpolation.Bilinear), [0, 0, 4, 40, 2, 20, 6, 60], [2, 2, 2],
            [.. expected.SelectMany(value => new[] { value, 10 * value })], [4, 4, 2]);
    }

    /// <summary>Bilinear against the definition, computed one pixel at a time.</summary>
    [TestMethod]
    public void Bilinear_upsampling_by_any_factor_is_the_definition()
    {
        const int Height = 3;
        const int Width = 4;
        var random = new Random(5);
        double[] image = [.. Enumerable.Range(0, Height * Width).Select(_ => random.NextDouble())];
        foreach ((int rows, int columns) in new[] { (2, 3), (5, 4), (7, 1) })
        {
            double[] expected =
            [
                .. from row in Enumerable.Range(0, Height * rows)
                   from column in Enumerable.Range(0, Width * columns)
                   select At(Center(row, rows, Height), Center(column, columns, Width)),
            ];
            AssertGives(new UpSampling2D((rows, columns), Interpolation.Bilinear), image, [Height, Width, 1], expected, [Height * rows, Width * columns, 1]);
        }

        static double Center(int position, int factor, int length) => Math.Clamp(((position + 0.5) / factor) - 0.5, 0, length - 1);

        double At(double y, double x)
        {
            (int top, int left) = ((int)y, (int)x);
            (int bottom, int right) = (Math.Min(top + 1, Height - 1), Math.Min(left + 1, Width - 1));
            double upper = Mix(image[(top * Width) + left], image[(top * Width) + right], x - left);
            double lower = Mix(image[(bottom * Width) + left], image[(bottom * Width) + right], x - left);
            return Mix(upper, lower, y - top);
        }

        static double Mix(double from, double to, double share) => from + (share * (to - from));
    }

    [TestMethod]
    public void A_vector_is_repeated_step_by_step()
    {
        AssertGives(new RepeatVector(3), [1, 2], [2], [1, 2, 1, 2, 1, 2], [3, 2]);
    }

    /// <summary>None of them supports masking in Keras, not even those that leave the steps alone.</summary>
    [TestMethod]
    public void Masks_end_as_in_keras()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(2, 4, 3);
        Tensor mask = ones(2, 4, dtype: ScalarType.Bool);
        foreach (Layer layer in new Layer[]
        {
            new Cropping1D(), new ZeroPadding1D(), new UpSampling1D(), new Permute(1, 2), new Flatten(), new Reshape(4, 3), new Cropping1D(0),
            new MaxPooling1D(), new AveragePooling1D(), new GlobalMaxPooling1D(), new GlobalAveragePooling1D(),
            new AdaptiveMaxPooling1D(2), new AdaptiveAveragePooling1D(4),
        })
        {
            Assert.IsNull(layer.ComputeMasks([x], [mask])[0], $"{layer}");
            using var harness = new LayerHarness([layer], new Shape(4, 3));
            GraphProto graph = harness.ExportModel([true]).Graph;
            Assert.HasCount(1, graph.Output, $"{layer}");
        }
    }

    [TestMethod]
    public void A_sequence_that_turns_out_too_short_to_crop_is_refused_with_its_length()
    {
        using var harness = new LayerHarness([new Cropping1D((2, 1))], new Shape(Shape.Variable, 2));
        NumberAssert.AreClose([5, 6], harness.RunTorch(Values.Of([1, 2, 3, 4, 5, 6, 7, 8], 1, 4, 2)).Data, 0);
        var error = Assert.ThrowsExactly<LayerShapeException>(() => harness.RunTorch(Values.Of([1, 2, 3, 4, 5, 6], 1, 3, 2)));
        StringAssert.Contains(error.Message, "[3, 2]");
    }

    /// <summary>One node each, and no change of layout, whether a convolution has left the channels first or not.</summary>
    [TestMethod]
    public void Exports_are_one_node_in_either_layout()
    {
        foreach (Layer layer in new Layer[]
        {
            new Cropping2D(1), new ZeroPadding2D(((1, 0), (2, 3))), new UpSampling2D((2, 3)), new UpSampling2D(2, Interpolation.Bilinear),
        })
        {
            AssertNodes(1, [layer]);
            // Two more where the convolution begins and where the output is asked for channels last.
            AssertNodes(3 + 1, [new Conv2D(2, 1), layer]);
        }

        AssertNodes(0, [new Cropping2D()]);

        static void AssertNodes(int count, Layer[] layers)
        {
            using var harness = new LayerHarness(layers, new Shape(4, 5, 2));
            string[] nodes = [.. harness.ExportModel().Graph.Node.Select(node => node.OpType).Where(name => name != "Identity")];
            Assert.HasCount(count, nodes, $"{layers[^1]}: {string.Join(" ", nodes)}");
            Values values = LayerHarness.RandomInput(new LayerInfo("chain", () => layers[0]), new Shape(4, 5, 2), 2);
            NumberAssert.AreClose(harness.RunTorch(values), harness.RunOnnx(values), 1e-5, $"{layers[^1]}");
        }
    }

    private static void AssertGives(Layer layer, double[] input, int[] shape, double[] expected, int[] expectedShape)
    {
        using var harness = new LayerHarness([layer], new Shape(shape));
        Values values = new(new Shape(shape).WithBatch(1), input);
        Values wanted = new(new Shape(expectedShape).WithBatch(1), expected);
        NumberAssert.AreClose(wanted, harness.RunTorch(values), 1e-6, $"{layer}, libtorch");
        NumberAssert.AreClose(wanted, harness.RunOnnx(values), 1e-6, $"{layer}, ONNX Runtime");
    }
}
