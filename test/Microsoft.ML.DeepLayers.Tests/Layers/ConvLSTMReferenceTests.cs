using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>ConvLSTM against Keras's formula in plain C#, over weights in Keras's own layout: kernels [height, width, channels, 4 · filters].</summary>
[TestClass]
public sealed class ConvLSTMReferenceTests
{
    private const int Steps = 3;
    private const int Height = 4;
    private const int Width = 5;
    private const int Channels = 2;
    private const int Filters = 2;

    private static readonly bool[][] Masks = [[true, true, true], [false, true, false], [true, false, true], [false, false, false]];

    public static IEnumerable<(int Window, int Stride, int Dilation, Padding Padding, bool Sequences, bool Backwards, bool Zero, bool Masked)> Options =>
    [
        (2, 1, 1, Padding.Valid, false, false, false, false),
        (3, 1, 1, Padding.Same, true, false, false, false),
        (2, 2, 1, Padding.Same, true, true, false, false),
        (2, 1, 2, Padding.Valid, false, true, false, false),
        (2, 1, 1, Padding.Same, true, false, false, true),
        (1, 1, 1, Padding.Valid, true, true, true, true),
        (2, 1, 1, Padding.Same, false, true, false, true),
    ];

    [TestMethod]
    public void An_axis_of_an_activation_must_exist()
    {
        var layer = new ConvLSTM1D(1, 3, recurrentActivation: new SoftmaxActivation(5));
        StringAssert.Contains(Assert.ThrowsExactly<LayerShapeException>(() => layer.ComputeOutputShapes([new Shape(2, 5, 2)])).Message, "axis 5");
    }

    [TestMethod]
    [DynamicData(nameof(Options))]
    public void ConvLSTM2D_follows_keras(int window, int stride, int dilation, Padding padding, bool sequences, bool backwards, bool zero, bool masked)
    {
        var layer = new ConvLSTM2D(
            Filters, window, stride, padding, dilation, returnSequences: sequences, returnState: true, goBackwards: backwards, zeroOutputForMask: zero);
        AssertFollows(layer, Height, window, (window, window), stride, dilation, padding, masked);
    }

    /// <summary>A row of values is an image of height 1, under a window of height 1.</summary>
    [TestMethod]
    [DynamicData(nameof(Options))]
    public void ConvLSTM1D_follows_keras(int window, int stride, int dilation, Padding padding, bool sequences, bool backwards, bool zero, bool masked)
    {
        var layer = new ConvLSTM1D(
            Filters, window, stride, padding, dilation, returnSequences: sequences, returnState: true, goBackwards: backwards, zeroOutputForMask: zero);
        AssertFollows(layer, 1, window, (1, window), stride, dilation, padding, masked);
    }

    [TestMethod]
    public void The_forget_gate_starts_at_one_and_fans_are_those_of_keras()
    {
        IReadOnlyList<WeightSpec> weights = new ConvLSTM2D(2, (3, 2)).GetWeights([new Shape(4, 5, 5, 3)]);
        Assert.AreEqual(
            "kernel[8, 3, 3, 2] 18 48, recurrent_kernel[8, 2, 3, 2] 12 48, bias[8] 0 0",
            string.Join(", ", weights.Select(spec => $"{spec.Name}{spec.Shape} {spec.FanIn} {spec.FanOut}")));
        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 1, 0, 0, 0, 0 }, InitialWeights.Of(weights[2]));
        CollectionAssert.AreEqual(new float[8], InitialWeights.Of(new ConvLSTM2D(2, 3, unitForgetBias: false).GetWeights([new Shape(4, 5, 5, 3)])[2]));
    }

    private static void AssertFollows(
        ConvLSTM layer, int height, int window, (int Height, int Width) size, int stride, int dilation, Padding padding, bool masked)
    {
        bool isFlat = height == 1;
        Shape shape = isFlat ? new Shape(Steps, Width, Channels) : new Shape(Steps, height, Width, Channels);
        var random = new Random(window);
        double[,,,] kernel = Random4(size.Height, size.Width, Channels, random);
        double[,,,] recurrent = Random4(size.Height, size.Width, Filters, random);
        double[] bias = [.. Enumerable.Range(0, 4 * Filters).Select(_ => (double)(float)random.NextDouble())];
        using var harness = new LayerHarness([layer], shape, fill: spec => spec.Name switch
        {
            "kernel" => Stored(kernel),
            "recurrent_kernel" => Stored(recurrent),
            _ => Array.ConvertAll(bias, value => (float)value),
        });
        Values input = LayerHarness.RandomInput(LayerTable.Row("LSTM"), shape, Masks.Length);
        List<double>[] expected = [[], [], []];
        for (int row = 0; row < Masks.Length; row++)
        {
            double[][] sequence = [.. input.Rows(row, 1).Data.Chunk(height * Width * Channels)];
            (double[][] outputs, double[] h, double[] c) = Run(
                [.. sequence.Select(data => Image(data, height))], masked ? Masks[row] : [true, true, true], layer,
                (image) => Convolve(image, kernel, isFlat ? 1 : stride, stride, isFlat ? 1 : dilation, dilation, padding),
                (image) => Convolve(image, recurrent, 1, 1, 1, 1, Padding.Same), bias);
            expected[0].AddRange(layer.ReturnSequences ? outputs.SelectMany(output => output) : outputs[^1]);
            expected[1].AddRange(h);
            expected[2].AddRange(c);
        }

        Values mask = Values.Of([.. Masks.SelectMany(flags => flags).Select(flag => flag ? 1.0 : 0.0)], Masks.Length, Steps);
        var arguments = new LayerArguments([input], [masked ? mask : null]);
        LayerResults torch = harness.RunTorch(arguments);
        LayerResults onnx = harness.RunOnnx(arguments);
        for (int i = 0; i < 3; i++)
        {
            NumberAssert.AreClose([.. expected[i]], torch.Outputs[i].Data, 1e-5, $"libtorch, {layer}, output {i}");
            NumberAssert.AreClose([.. expected[i]], onnx.Outputs[i].Data, 1e-5, $"ONNX Runtime, {layer}, output {i}");
        }
    }

    private static (double[][] Outputs, double[] H, double[] C) Run(
        double[][,,] images, bool[] mask, ConvLSTM layer, Func<double[,,], double[,,]> ofInput, Func<double[,,], double[,,]> ofState, double[] bias)
    {
        double[,,] first = ofInput(images[0]);
        (int height, int width) = (first.GetLength(0), first.GetLength(1));
        (double[,,] h, double[,,] c, double[,,] output) = (new double[height, width, Filters], new double[height, width, Filters], new double[height, width, Filters]);
        var outputs = new List<double[]>();
        double S(double x) => 1 / (1 + Math.Exp(-x));
        for (int i = 0; i < images.Length; i++)
        {
            int step = layer.GoBackwards ? images.Length - 1 - i : i;
            if (mask[step])
            {
                (double[,,] x, double[,,] r) = (ofInput(images[step]), ofState(h));
                (double[,,] newH, double[,,] newC) = (new double[height, width, Filters], new double[height, width, Filters]);
                for (int y = 0; y < height; y++)
                {
                    for (int z = 0; z < width; z++)
                    {
                        for (int f = 0; f < Filters; f++)
                        {
                            // Keras's order: input, forget, candidate, output.
                            double Gate(int gate) => x[y, z, (gate * Filters) + f] + r[y, z, (gate * Filters) + f] + bias[(gate * Filters) + f];
                            newC[y, z, f] = (S(Gate(1)) * c[y, z, f]) + (S(Gate(0)) * Math.Tanh(Gate(2)));
                            newH[y, z, f] = S(Gate(3)) * Math.Tanh(newC[y, z, f]);
                        }
                    }
                }

                (h, c, output) = (newH, newC, newH);
            }
            else if (layer.ZeroOutputForMask)
            {
                output = new double[height, width, Filters];
            }

            outputs.Add([.. output.Cast<double>()]);
        }

        return ([.. outputs], [.. h.Cast<double>()], [.. c.Cast<double>()]);
    }

    private static double[,,] Convolve(double[,,] image, double[,,,] kernel, int strideY, int strideX, int dilationY, int dilationX, Padding padding)
    {
        (int outHeight, int top) = Axis(image.GetLength(0), kernel.GetLength(0), strideY, dilationY, padding);
        (int outWidth, int left) = Axis(image.GetLength(1), kernel.GetLength(1), strideX, dilationX, padding);
        double[,,] output = new double[outHeight, outWidth, kernel.GetLength(3)];
        for (int y = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                for (int ky = 0; ky < kernel.GetLength(0); ky++)
                {
                    for (int kx = 0; kx < kernel.GetLength(1); kx++)
                    {
                        (int fromY, int fromX) = ((y * strideY) + (ky * dilationY) - top, (x * strideX) + (kx * dilationX) - left);
                        if (fromY < 0 || fromX < 0 || fromY >= image.GetLength(0) || fromX >= image.GetLength(1))
                        {
                            continue;
                        }

                        for (int channel = 0; channel < kernel.GetLength(2); channel++)
                        {
                            for (int filter = 0; filter < kernel.GetLength(3); filter++)
                            {
                                output[y, x, filter] += image[fromY, fromX, channel] * kernel[ky, kx, channel, filter];
                            }
                        }
                    }
                }
            }
        }

        return output;
    }

    /// <summary>The number of outputs along an axis, and how many positions are added before it.</summary>
    private static (int Length, int Before) Axis(int length, int size, int stride, int dilation, Padding padding)
    {
        int span = ((size - 1) * dilation) + 1;
        if (padding == Padding.Valid)
        {
            return (((length - span) / stride) + 1, 0);
        }

        int outputs = (length + stride - 1) / stride;
        return (outputs, Math.Max(0, ((outputs - 1) * stride) + span - length) / 2);
    }

    private static double[,,] Image(double[] data, int height)
    {
        double[,,] image = new double[height, Width, Channels];
        Buffer.BlockCopy(data, 0, image, 0, data.Length * sizeof(double));
        return image;
    }

    private static double[,,,] Random4(int height, int width, int channels, Random random)
    {
        double[,,,] kernel = new double[height, width, channels, 4 * Filters];
        for (int i = 0; i < kernel.Length; i++)
        {
            kernel[i / (width * channels * 4 * Filters), i / (channels * 4 * Filters) % width, i / (4 * Filters) % channels, i % (4 * Filters)] =
                (float)((random.NextDouble() * 2) - 1);
        }

        return kernel;
    }

    /// <summary>[height, width, channels, 4 · filters] as [4 · filters, channels, height, width].</summary>
    private static float[] Stored(double[,,,] kernel) =>
    [
        .. from filter in Enumerable.Range(0, kernel.GetLength(3))
           from channel in Enumerable.Range(0, kernel.GetLength(2))
           from y in Enumerable.Range(0, kernel.GetLength(0))
           from x in Enumerable.Range(0, kernel.GetLength(1))
           select (float)kernel[y, x, channel, filter],
    ];
}
