using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Convolutions against worked numbers, and against the definition written out in plain C#.</summary>
[TestClass]
public sealed class ConvolutionReferenceTests
{
    /// <summary>TensorFlow pads 4 positions under a window of 3 with stride 2 at the end only; PyTorch would pad both ends.</summary>
    [TestMethod]
    public void Strided_same_padding_is_at_the_end()
    {
        using var harness = new LayerHarness(
            [new Conv2D(1, 3, strides: 2, padding: Padding.Same, useBias: false)], new Shape(4, 4, 1), fill: spec => [1, 1, 1, 1, 1, 1, 1, 1, 1]);
        Values input = Values.Of([.. Enumerable.Range(1, 16).Select(i => (double)i)], 1, 4, 4, 1);
        // Windows begin at 0 and 2: 1+2+3+5+6+7+9+10+11, 3+4+7+8+11+12, 9+10+11+13+14+15, 11+12+15+16.
        double[] expected = [54, 45, 72, 54];
        NumberAssert.AreClose(expected, harness.RunTorch(input).Data, 0);
        NumberAssert.AreClose(expected, harness.RunOnnx(input).Data, 0);
    }

    /// <summary>
    /// One column of outputs, between whose rows the window moves by 1 and not by the strides of the columns: libtorch's
    /// single precision gets this wrong for several examples with a single channel in the last axis's strides.
    /// </summary>
    [TestMethod]
    public void Strides_of_columns_do_not_move_a_single_column()
    {
        using var harness = new LayerHarness(
            [new Conv2D(1, new Size2D(2, 3), strides: new Size2D(1, 2), useBias: false)], new Shape(4, 4, 1), fill: spec => [1, 1, 1, 10, 10, 10]);
        Values input = Values.Of([.. Enumerable.Range(1, 32).Select(i => (double)i)], 2, 4, 4, 1);
        // 1+2+3 + 10 · (5+6+7), 5+6+7 + 10 · (9+10+11), 9+10+11 + 10 · (13+14+15).
        // The second example has 16 more everywhere.
        double[] expected = [186, 318, 450, 714, 846, 978];
        NumberAssert.AreClose(expected, harness.RunTorch(input).Data, 0, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(input).Data, 0, "ONNX Runtime");
    }

    /// <summary>Sizes for which oneDNN divides by zero, or computes wrong numbers, where a virtual machine hides its caches.</summary>
    [TestMethod]
    [DataRow(256, 1024, 14, 1)]
    [DataRow(256, 512, 14, 2)]
    [DataRow(512, 1024, 28, 2)]
    public void A_window_of_one_position_multiplies_channels(int channels, int filters, int side, int strides)
    {
        using var harness = new LayerHarness([new Conv2D(filters, 1, strides)], new Shape(side, side, channels));
        var random = new Random(1);
        Values input = Values.Of([.. Enumerable.Range(0, side * side * channels).Select(_ => (double)random.NextSingle())], 1, side, side, channels);
        int positions = (side + strides - 1) / strides;
        using var dense = new LayerHarness(
            [new Dense(filters)], new Shape(positions, positions, channels),
            fill: spec => spec.Name == "bias" ? Array(harness.Weight("bias")) : Array(harness.Weight("kernel").reshape(filters, channels).t().contiguous()));
        double[] read = [.. Enumerable.Range(0, positions * positions * channels).Select(i =>
            input.Data[(((i / channels / positions * strides * side) + (i / channels % positions * strides)) * channels) + (i % channels)])];
        NumberAssert.AreClose(dense.RunTorch(Values.Of(read, 1, positions, positions, channels)), harness.RunTorch(input), 1e-5);

        static float[] Array(TorchSharp.torch.Tensor tensor) => [.. tensor.detach().data<float>()];
    }

    [TestMethod]
    public void Causal_outputs_see_no_later_input()
    {
        using var harness = new LayerHarness(
            [new Conv1D(1, 3, padding: Padding.Causal, useBias: false)], new Shape(5, 1), fill: spec => [1, 10, 100]);
        Values input = Values.Of([1, 2, 3, 4, 5], 1, 5, 1);
        // The window's last position is the present.
        double[] expected = [100, 210, 321, 432, 543];
        NumberAssert.AreClose(expected, harness.RunTorch(input).Data, 0);
        NumberAssert.AreClose(expected, harness.RunOnnx(input).Data, 0);
    }

    [TestMethod]
    public void Grouped_channels_do_not_mix()
    {
        // Two groups of two channels and one filter each; kernels [2, 2, 1] hold filter by filter.
        using var harness = new LayerHarness([new Conv1D(2, 1, groups: 2, useBias: false)], new Shape(1, 4), fill: spec => [1, 10, 100, 1000]);
        Values input = Values.Of([1, 2, 3, 4], 1, 1, 4);
        NumberAssert.AreClose([21, 4300], harness.RunTorch(input).Data, 0);
    }

    [TestMethod]
    [DataRow(7, 3, 1, 1, 1, 1)]
    [DataRow(7, 3, 2, 1, 1, 1)]
    [DataRow(8, 3, 2, 1, 1, 0)]
    [DataRow(6, 4, 1, 1, 1, 2)]
    [DataRow(9, 2, 3, 1, 2, 0)]
    [DataRow(5, 1, 2, 1, 1, 0)]
    [DataRow(9, 3, 1, 2, 1, 1)]
    [DataRow(10, 2, 1, 4, 2, 0)]
    [DataRow(2, 5, 4, 1, 1, 1)]
    public void Images_follow_the_definition(int length, int size, int stride, int dilation, int groups, int skew)
    {
        foreach (Padding padding in new[] { Padding.Same, Padding.Valid })
        {
            if (padding == Padding.Valid && length < ((size + skew - 1) * dilation) + 1)
            {
                continue;
            }

            // Height and width differ, so that swapping them shows.
            var layer = new Conv2D(4, (size, size + skew), strides: (stride, stride), padding: padding, dilationRate: dilation, groups: groups);
            Shape input = new(length, length + 1, 4);
            Dictionary<string, float[]> weights = RandomWeights(layer, input);
            using var harness = new LayerHarness([layer], input, fill: spec => weights[spec.Name]);
            Values values = LayerHarness.RandomInput(LayerTable.Row("Conv2D"), input, 2);
            double[] expected = Reference(values, weights["kernel"], weights["bias"], layer.Filters, groups, padding,
                (size, stride, dilation), (size + skew, stride, dilation));
            NumberAssert.AreClose(expected, harness.RunTorch(values).Data, 1e-5, $"libtorch, {padding}");
            NumberAssert.AreClose(expected, harness.RunOnnx(values).Data, 1e-5, $"ONNX Runtime, {padding}");
        }
    }

    [TestMethod]
    [DataRow(Padding.Valid, 9, 3, 2, 1)]
    [DataRow(Padding.Same, 8, 3, 2, 1)]
    [DataRow(Padding.Same, 8, 4, 1, 1)]
    [DataRow(Padding.Same, 9, 3, 1, 3)]
    [DataRow(Padding.Causal, 8, 3, 1, 2)]
    [DataRow(Padding.Causal, 8, 2, 3, 1)]
    public void Sequences_follow_the_definition(Padding padding, int length, int size, int stride, int dilation)
    {
        var layer = new Conv1D(3, size, stride, padding, dilation);
        Shape input = new(length, 2);
        Dictionary<string, float[]> weights = RandomWeights(layer, input);
        using var harness = new LayerHarness([layer], input, fill: spec => weights[spec.Name]);
        Values values = LayerHarness.RandomInput(LayerTable.Row("Conv1D"), input, 2);
        double[] expected = Reference(values with { Dimensions = [2, 1, length, 2] }, weights["kernel"], weights["bias"], 3, 1, padding,
            (1, 1, 1), (size, stride, dilation));
        NumberAssert.AreClose(expected, harness.RunTorch(values).Data, 1e-5, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(values).Data, 1e-5, "ONNX Runtime");
    }

    [TestMethod]
    public void Windows_are_as_long_as_keras_says()
    {
        Assert.AreEqual(new Shape(26, 26, 32), new Conv2D(32, 3).ComputeOutputShape(new Shape(28, 28, 1)));
        Assert.AreEqual(new Shape(14, 10, 8), new Conv2D(8, (3, 5), strides: (2, 3), padding: Padding.Same).ComputeOutputShape(new Shape(28, 28, 1)));
        Assert.AreEqual(new Shape(2, 2, 8), new Conv2D(8, 3, dilationRate: 13).ComputeOutputShape(new Shape(28, 28, 1)));
        Assert.AreEqual(new Shape(50, 8), new Conv1D(8, 7, strides: 2, padding: Padding.Causal).ComputeOutputShape(new Shape(100, 1)));
    }

    private static Dictionary<string, float[]> RandomWeights(Layer layer, Shape input)
    {
        var random = new Random(4);
        return layer.GetWeights([input]).ToDictionary(spec => spec.Name, spec => LayerHarness.RandomWeight(spec, random));
    }

    /// <summary>The sum over the window, the input taken as 0 outside.</summary>
    private static double[] Reference(
        Values input, float[] kernel, float[] bias, int filters, int groups, Padding padding,
        (int Size, int Stride, int Dilation) vertical, (int Size, int Stride, int Dilation) horizontal)
    {
        (int batch, int height, int width, int channels) =
            ((int)input.Dimensions[0], (int)input.Dimensions[1], (int)input.Dimensions[2], (int)input.Dimensions[3]);
        (int rows, int top) = Positions(height, vertical.Size, vertical.Stride, vertical.Dilation, padding);
        (int columns, int left) = Positions(width, horizontal.Size, horizontal.Stride, horizontal.Dilation, padding);
        int perGroup = channels / groups;
        var output = new List<double>();
        for (int n = 0; n < batch; n++)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    for (int filter = 0; filter < filters; filter++)
                    {
                        double sum = bias[filter];
                        int group = filter / (filters / groups);
                        for (int i = 0; i < vertical.Size; i++)
                        {
                            for (int j = 0; j < horizontal.Size; j++)
                            {
                                int y = (row * vertical.Stride) - top + (i * vertical.Dilation);
                                int x = (column * horizontal.Stride) - left + (j * horizontal.Dilation);
                                for (int c = 0; c < perGroup && y >= 0 && y < height && x >= 0 && x < width; c++)
                                {
                                    sum += input.Data[(((((n * height) + y) * width) + x) * channels) + (group * perGroup) + c]
                                        * kernel[(((((filter * perGroup) + c) * vertical.Size) + i) * horizontal.Size) + j];
                                }
                            }
                        }

                        output.Add(sum);
                    }
                }
            }
        }

        return [.. output];
    }

    /// <summary>How many outputs there are and how many positions are added before the input, by TensorFlow's documentation.</summary>
    private static (int Count, int Before) Positions(int length, int size, int stride, int dilation, Padding padding)
    {
        int span = size + ((size - 1) * (dilation - 1));
        switch (padding)
        {
            case Padding.Valid:
                return ((int)Math.Ceiling((length - span + 1) / (double)stride), 0);
            case Padding.Causal:
                return ((int)Math.Ceiling(length / (double)stride), span - 1);
            default:
                int needed = length % stride == 0 ? Math.Max(span - stride, 0) : Math.Max(span - (length % stride), 0);
                return ((int)Math.Ceiling(length / (double)stride), needed / 2);
        }
    }
}
