using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Image columns become network input: channels last, red green blue, 0 to 1.</summary>
[TestClass]
public sealed class ImagePixelsTests
{
    private const int Height = 6;
    private const int Width = 8;

    [TestMethod]
    public void Pixels_are_channels_last_in_the_order_red_green_blue_from_0_to_1()
    {
        var ml = new MLContext(seed: 1);
        using MLImage image = Paint((row, column) => row == 1 && column == 2 ? ((byte)255, (byte)51, (byte)0) : ((byte)0, (byte)0, (byte)255));
        IDataView data = ml.Data.LoadFromEnumerable([new Picture { Image = image }]);
        IDataView pixels = ml.Transforms.ExtractNetworkPixels("Features", Height, Width, "Image").Fit(data).Transform(data);

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, Height, Width, 3), pixels.Schema["Features"].Type);
        float[] values = pixels.GetColumn<VBuffer<float>>("Features").Single().DenseValues().ToArray();
        int marked = ((1 * Width) + 2) * 3;
        Assert.AreEqual(1f, values[marked], 1e-6f);
        Assert.AreEqual(51 / 255f, values[marked + 1], 1e-6f);
        Assert.AreEqual(0f, values[marked + 2]);
        CollectionAssert.AreEqual(new[] { 0f, 0f, 1f }, values[..3]);
    }

    [TestMethod]
    public void A_convolutional_network_learns_from_an_image_column_and_its_zip_takes_images()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        // Files, because ML.NET disposes the images of a column, which can then be read once only.
        PictureFile[] pictures = [.. Enumerable.Range(0, 60).Select(i =>
        {
            using MLImage image = Paint((_, column) => ((byte)(column < Width / 2 == (i % 2 == 0) ? 200 + random.Next(50) : random.Next(50)), (byte)random.Next(255), 0));
            image.Save(folder[$"{i}.png"]);
            return new PictureFile { Left = i % 2 == 0, Path = folder[$"{i}.png"] };
        })];
        IDataView data = ml.Data.LoadFromEnumerable(pictures);
        var network = new Sequential { new Conv2D(4, 3, activation: Activation.ReLU), new Flatten() };
        ITransformer model = ml.Transforms.LoadImages("Image", imageFolder: "", nameof(PictureFile.Path))
            .Append(ml.Transforms.ExtractNetworkPixels("Features", Height, Width, "Image"))
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, labelColumnName: "Left", epochs: 20, batchSize: 10, learningRate: 0.01f))
            .Fit(data);
        ml.Model.Save(model, data.Schema, folder["model.zip"]);

        ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out _);
        Assert.AreEqual(1.0, ml.BinaryClassification.Evaluate(loaded.Transform(data), "Left").Accuracy);
    }

    [TestMethod]
    public void Sizes_below_one_are_refused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MLContext().Transforms.ExtractNetworkPixels("Features", 0, 8));

    private static MLImage Paint(Func<int, int, (byte Red, byte Green, byte Blue)> color)
    {
        byte[] pixels = new byte[Height * Width * 4];
        for (int row = 0; row < Height; row++)
        {
            for (int column = 0; column < Width; column++)
            {
                int at = ((row * Width) + column) * 4;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = color(row, column);
                pixels[at + 3] = 255;
            }
        }

        return MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, pixels);
    }

    private sealed class Picture
    {
        [ImageType(Height, Width)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class PictureFile
    {
        public string Path { get; set; } = "";

        public bool Left { get; set; }
    }
}
