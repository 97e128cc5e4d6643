using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Grad-CAM by its formula, by finite differences, and with what a model may be.</summary>
[TestClass]
[DoNotParallelize]
public sealed class GradCamTests
{
    private const int Height = 5;
    private const int Width = 4;

    /// <summary>
    /// Behind a 1 x 1 convolution, global average pooling and a dense layer, the gradient of a logit at every pixel of a channel is
    /// the dense layer's weight divided by the number of pixels.
    /// </summary>
    [TestMethod]
    public void One_convolution_and_pooling_give_the_weighted_channels()
    {
        float[] conv = [1, -0.5f, 0.25f, 2]; // [filters, channels]
        float[] dense = [0.5f, -1, 2, -0.3f, 0.8f, 1]; // [filters, classes]
        NeuralNetworkTransformer network = Multiclass([new Conv2D(2, 1, useBias: false) { Name = "map" }, new GlobalAveragePooling2D()])
            .WithWeights("map", conv).WithWeights("output", dense, [0.1f, 0.2f, 0.3f]);
        float[] image = Image(3);
        using var gradCam = new GradCam(network);
        Assert.AreEqual("map", gradCam.LayerName);
        for (int c = 0; c < 3; c++)
        {
            HeatMap map = gradCam.Explain(image, c);
            double[] expected = [.. Enumerable.Range(0, Height * Width).Select(pixel =>
            {
                double x = image[2 * pixel], y = image[(2 * pixel) + 1];
                double first = (conv[0] * x) + (conv[1] * y), second = (conv[2] * x) + (conv[3] * y);
                return Math.Max(0, ((dense[c] * first) + (dense[3 + c] * second)) / (Height * Width));
            })];
            Assert.AreEqual(expected.Max(), map.Peak, 1e-6);
            Assert.AreEqual(c, map.ClassIndex);
            for (int pixel = 0; pixel < expected.Length; pixel++)
            {
                Assert.AreEqual(expected[pixel] / expected.Max(), map.Values.Span[pixel], 1e-5, $"class {c}, pixel {pixel}");
            }
        }
    }

    /// <summary>With a convolution that passes its input on, the feature map is the image, and its gradients are those of the image.</summary>
    [TestMethod]
    public void Weights_are_the_mean_gradients_by_finite_differences()
    {
        NeuralNetworkTransformer network = Binary(
            [
                new Conv2D(2, 1, useBias: false) { Name = "eye" }, new Conv2D(4, 3, padding: Padding.Same, activation: Activation.Tanh),
                new AveragePooling2D(2), new Flatten(), new Dense(6, Activation.Tanh),
            ]).WithWeights("eye", [1f, 0, 0, 1]);
        float[] image = Image(4);
        double[] means = [0, 0];
        for (int i = 0; i < image.Length; i++)
        {
            const float Step = 0.02f;
            float[] above = [.. image], below = [.. image];
            above[i] += Step;
            below[i] -= Step;
            means[i % 2] += (Logit(network, above) - Logit(network, below)) / (2 * Step) / (image.Length / 2.0);
        }

        using var gradCam = new GradCam(network, "eye");
        foreach (int c in new[] { 0, 1 })
        {
            HeatMap map = gradCam.Explain(image, c);
            double sign = c == 1 ? 1 : -1;
            double[] expected = [.. Enumerable.Range(0, Height * Width).Select(pixel => Math.Max(0, sign * ((means[0] * image[2 * pixel]) + (means[1] * image[(2 * pixel) + 1]))))];
            Assert.IsGreaterThan(0, expected.Max());
            double probability = 1 / (1 + Math.Exp(-sign * Logit(network, image)));
            Assert.AreEqual(probability, map.Score, 1e-4);
            for (int pixel = 0; pixel < expected.Length; pixel++)
            {
                Assert.AreEqual(expected[pixel], map.Values.Span[pixel] * map.Peak, 2e-3 * expected.Max(), $"class {c}, pixel {pixel}");
            }
        }
    }

    [TestMethod]
    public void The_predicted_class_is_explained_and_named_unless_another_is_asked_for()
    {
        using var gradCam = new GradCam(ShapeModel.Model);
        ShapeImage picture = ShapeModel.Pictures[1];
        HeatMap own = gradCam.Explain(ShapeModel.Floats(picture));
        Assert.AreEqual("square", own.ClassName);
        HeatMap other = gradCam.Explain(ShapeModel.Floats(picture), 2);
        Assert.AreEqual(("stripes", 2), (other.ClassName, other.ClassIndex));
        Assert.IsGreaterThan(other.Score, own.Score);
        Assert.IsFalse(own.Values.Span.SequenceEqual(other.Values.Span));
    }

    [TestMethod]
    public void Images_of_a_batch_do_not_disturb_one_another()
    {
        using var gradCam = new GradCam(ShapeModel.Model);
        HeatMap[] together = [.. gradCam.Explain(new MLContext().Data.LoadFromEnumerable(ShapeModel.Pictures[..20]))];
        for (int i = 0; i < 20; i++)
        {
            HeatMap alone = gradCam.Explain(ShapeModel.Floats(ShapeModel.Pictures[i]));
            Assert.AreEqual(alone.Score, together[i].Score, 1e-5);
            for (int pixel = 0; pixel < alone.Values.Length; pixel++)
            {
                Assert.AreEqual(alone.Values.Span[pixel], together[i].Values.Span[pixel], 1e-4);
            }
        }
    }

    [TestMethod]
    public void An_earlier_layer_gives_a_finer_map()
    {
        using var fine = new GradCam(ShapeModel.Model, "conv2d");
        using var coarse = new GradCam(ShapeModel.Model);
        Assert.AreEqual("conv2d_2", coarse.LayerName);
        float[] pixels = ShapeModel.Floats(ShapeModel.Pictures[0]);
        Assert.IsGreaterThan(Roughness(coarse.Explain(pixels)), Roughness(fine.Explain(pixels)));

        static double Roughness(HeatMap map) => Enumerable.Range(0, map.Height * (map.Width - 1))
            .Average(i => Math.Abs(map[i / (map.Width - 1), i % (map.Width - 1)] - map[i / (map.Width - 1), (i % (map.Width - 1)) + 1]));
    }

    [TestMethod]
    public void The_last_map_is_found_behind_pooling_dropout_and_branches()
    {
        var input = new Input(8, 8, 2);
        LayerOutput map = new Conv2D(4, 3, padding: Padding.Same) { Name = "one" }.Apply(input);
        LayerOutput squeezed = new GlobalAveragePooling2D(keepDims: true).Apply(map);
        LayerOutput excited = new Multiply { Name = "both" }.Apply(map, new Conv2D(4, 1, activation: Activation.Sigmoid).Apply(squeezed));
        LayerOutput end = new Flatten().Apply(new SpatialDropout2D(0.3f).Apply(new MaxPooling2D(2).Apply(excited)));
        NeuralNetworkTransformer network = Fit(new Network(input, end), 8 * 8 * 2, ml => ml.Regression.Trainers.NeuralNetwork(new Network(input, end), epochs: 1));
        using var gradCam = new GradCam(network);
        Assert.AreEqual("both", gradCam.LayerName);
        HeatMap explained = gradCam.Explain(new float[128]);
        Assert.AreEqual((8, 8, 0), (explained.Height, explained.Width, explained.ClassIndex));
        Assert.IsNull(explained.ClassName);
    }

    [TestMethod]
    public void No_tensor_is_left_behind()
    {
        float[] pixels = ShapeModel.Floats(ShapeModel.Pictures[0]);
        Run();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long tensors = LiveTensors.Count(), live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Run();
        Assert.AreEqual(tensors, torch.Tensor.TotalCount);
        Assert.AreEqual(live, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        using var kept = new GradCam(ShapeModel.Model);
        kept.Explain(pixels);
        long held = torch.Tensor.TotalCount;
        kept.Explain(pixels);
        Assert.AreEqual(held, torch.Tensor.TotalCount, "Explaining on grows.");
        kept.Dispose();
        kept.Explain(pixels);
        Assert.AreEqual(held, torch.Tensor.TotalCount, "Explaining goes on after Dispose.");

        void Run()
        {
            using var gradCam = new GradCam(ShapeModel.Model);
            gradCam.Explain(pixels);
            gradCam.Explain(pixels, 1);
        }
    }

    [TestMethod]
    public void Wrong_models_layers_and_classes_are_refused_with_what_there_is()
    {
        var ml = new MLContext();
        AssertSays<ArgumentException>("no neural network", () => new GradCam(ml.Transforms.CopyColumns("A", "Pixels").Fit(ml.Data.LoadFromEnumerable(ShapeModel.Pictures))));
        AssertSays<ArgumentException>("no layer 'conv'. Layers with feature maps are: 'rescaling' [24, 24, 3], 'conv2d' [24, 24, 12]", () => new GradCam(ShapeModel.Model, "conv"));
        AssertSays<ArgumentException>("'output' gives [3], which is no feature map", () => new GradCam(ShapeModel.Model, "output"));
        AssertSays<ArgumentException>("no output 'other'. It has: Score", () => new GradCam(ShapeModel.Model, outputName: "other"));
        using var gradCam = new GradCam(ShapeModel.Model);
        AssertSays<ArgumentOutOfRangeException>("3 classes, numbered from 0 to 2: bars, square, stripes", () => gradCam.Explain(new float[24 * 24 * 3], 3));
        AssertSays<ArgumentOutOfRangeException>("3 classes", () => gradCam.Explain(ml.Data.LoadFromEnumerable(ShapeModel.Pictures), -1));
        AssertSays<ArgumentException>("10 values, but the network reads [24, 24, 3] (1728 values)", () => gradCam.Explain(new float[10]));

        NeuralNetworkTransformer flat = Fit(new Sequential { new Dense(3) }, 6, ml => ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(3) }, epochs: 1));
        AssertSays<ArgumentException>("reads no image [height, width, channels], but 'Features' [6]", () => new GradCam(flat));
        var dense = new Sequential { new Input(2, 2, 2), new Flatten(), new Dense(3) };
        AssertSays<ArgumentException>("Use Occlusion", () => new GradCam(Fit(dense, 8, ml => ml.Regression.Trainers.NeuralNetwork(dense, epochs: 1))));
    }

    private static void AssertSays<T>(string part, Func<object> action)
        where T : Exception => Assert.Contains(part, Assert.ThrowsExactly<T>(action).Message);

    private static float[] Image(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Height * Width * 2).Select(_ => (random.NextSingle() * 2) - 0.6f)];
    }

    private static float Logit(NeuralNetworkTransformer network, float[] image)
    {
        IDataView data = new MLContext().Data.LoadFromEnumerable([new Row { Features = image }], Schema(image.Length));
        return network.Transform(data).GetColumn<float>("Score").Single();
    }

    private static NeuralNetworkTransformer Multiclass(Layer[] layers)
    {
        Sequential body = [new Input(Height, Width, 2), .. layers];
        return Fit(body, Height * Width * 2, ml => ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.MulticlassClassification.Trainers.NeuralNetwork(body, epochs: 1)));
    }

    private static NeuralNetworkTransformer Binary(Layer[] layers)
    {
        Sequential body = [new Input(Height, Width, 2), .. layers];
        return Fit(body, Height * Width * 2, ml => ml.BinaryClassification.Trainers.NeuralNetwork(body, epochs: 1));
    }

    private static NeuralNetworkTransformer Fit(Network body, int values, Func<MLContext, IEstimator<ITransformer>> estimator)
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        IDataView data = ml.Data.LoadFromEnumerable(
            [.. Enumerable.Range(0, 6).Select(i => new Row { Features = [.. Enumerable.Range(0, values).Select(_ => random.NextSingle())], Label = i % 3 })], Schema(values));
        ITransformer model = estimator(ml).Fit(data);
        return model as NeuralNetworkTransformer ?? ((IEnumerable<ITransformer>)model).OfType<NeuralNetworkTransformer>().Single();
    }

    private static SchemaDefinition Schema(int values)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, values);
        return schema;
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
