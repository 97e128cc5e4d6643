using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Explaining pictures as columns of a pipeline.</summary>
[TestClass]
public sealed class OverlayTransformTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void A_column_of_pictures_shows_the_map_over_what_the_network_reads()
    {
        IDataView scored = ShapeModel.Model.Transform(Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..4]));
        using HeatMapOverlayTransformer transformer = Ml.Transforms.GradCam("Overlay", ShapeModel.Model).Fit(scored);
        IDataView explained = transformer.Transform(scored);
        Assert.AreEqual(new ImageDataViewType(24, 24), explained.Schema["Overlay"].Type);
        using var gradCam = new GradCam(ShapeModel.Model);
        int row = 0;
        foreach (MLImage picture in explained.GetColumn<MLImage>("Overlay"))
        {
            byte[] pixels = [.. ShapeModel.Pictures[row].Pixels.Chunk(3).SelectMany(pixel => new byte[] { pixel[0], pixel[1], pixel[2], 255 })];
            using MLImage own = MLImage.CreateFromPixels(24, 24, MLPixelFormat.Rgba32, pixels);
            using MLImage expected = gradCam.Explain(ShapeModel.Floats(ShapeModel.Pictures[row])).Overlay(own);
            CollectionAssert.AreEqual(expected.Pixels.ToArray(), picture.Pixels.ToArray());
            row++;
        }

        Assert.AreEqual(4, row);
        CollectionAssert.AreEqual(ShapeModel.Pictures[..4].Select(picture => picture.Shape).ToArray(), explained.GetColumn<string>("Shape").ToArray());
    }

    [TestMethod]
    public void Occlusion_draws_on_a_column_of_pictures_of_any_size()
    {
        using var folder = new TemporaryFolder();
        PictureFile[] files = [.. ShapeModel.Pictures[..2].Select((picture, i) =>
        {
            using MLImage image = MLImage.CreateFromPixels(40, 30, MLPixelFormat.Bgra32, [.. Enumerable.Repeat((byte)200, 40 * 30 * 4)]);
            image.Save(folder[$"{i}.png"]);
            return new PictureFile { Pixels = picture.Pixels, Path = folder[$"{i}.png"] };
        })];
        IDataView data = Ml.Transforms.LoadImages("Image", "", nameof(PictureFile.Path)).Fit(Ml.Data.LoadFromEnumerable(files)).Transform(Ml.Data.LoadFromEnumerable(files));
        IDataView explained = Ml.Transforms.Occlusion("Overlay", ShapeModel.Network, "Image", patchSize: 6, overlay: new OverlayOptions { Opacity = 1 }).Fit(data).Transform(data);
        foreach (MLImage picture in explained.GetColumn<MLImage>("Overlay"))
        {
            Assert.AreEqual((40, 30), (picture.Width, picture.Height));
            Assert.IsTrue(picture.Pixels.ToArray().Any(value => value < 150) && picture.Pixels.ToArray().Count(value => value == 200) > 500);
        }
    }

    [TestMethod]
    public void A_prediction_engine_gives_prediction_and_picture_at_once()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..1]);
        ITransformer chain = new TransformerChain<ITransformer>([ShapeModel.Model, Ml.Transforms.GradCam("Overlay", ShapeModel.Model).Fit(ShapeModel.Model.Transform(data))]);
        using PredictionEngine<ShapeImage, Explained> engine = Ml.Model.CreatePredictionEngine<ShapeImage, Explained>(chain);
        Explained prediction = engine.Predict(ShapeModel.Pictures[2]);
        Assert.AreEqual("stripes", prediction.PredictedLabel);
        Assert.AreEqual((24, 24), (prediction.Overlay.Width, prediction.Overlay.Height));
        prediction.Overlay.Dispose();
    }

    [TestMethod]
    public void Nothing_is_computed_for_columns_that_nobody_asks_for()
    {
        IDataView scored = ShapeModel.Model.Transform(Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..4]));
        IDataView explained = Ml.Transforms.Occlusion("Overlay", ShapeModel.Model).Fit(scored).Transform(scored);
        long runs = ShapeModel.Network.Scorer.Runs;
        Assert.HasCount(4, explained.GetColumn<string>("Shape").ToArray());
        Assert.AreEqual(runs, ShapeModel.Network.Scorer.Runs);
    }

    [TestMethod]
    public void A_model_zip_gives_the_same_pictures()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..3]);
        var overlay = new OverlayOptions { Colors = HeatMapColors.Viridis, Opacity = 0.9f, CropFraction = 0.75f };
        HeatMapOverlayEstimator[] estimators =
        [
            Ml.Transforms.GradCam("Overlay", ShapeModel.Model, layerName: "conv2d", overlay: overlay),
            Ml.Transforms.GradCam("Overlay", ShapeModel.Network, classIndex: 1),
            Ml.Transforms.Occlusion("Overlay", ShapeModel.Network, patchSize: new Size2D(6, 8), stride: new Size2D(3, 5), fillValue: 10, classIndex: 2, overlay: overlay),
            Ml.Transforms.Occlusion("Overlay", ShapeModel.Network),
        ];
        for (int i = 0; i < estimators.Length; i++)
        {
            using HeatMapOverlayTransformer transformer = estimators[i].Fit(data);
            Ml.Model.Save(transformer, data.Schema, folder[$"{i}.zip"]);
            ITransformer loaded = new MLContext().Model.Load(folder[$"{i}.zip"], out _);
            byte[][] expected = Pictures(transformer.Transform(data));
            Assert.HasCount(3, expected);
            byte[][] actual = Pictures(loaded.Transform(data));
            for (int row = 0; row < 3; row++)
            {
                CollectionAssert.AreEqual(expected[row], actual[row]);
            }

            ((IDisposable)loaded).Dispose();
        }
    }

    [TestMethod]
    public void A_damaged_zip_is_refused_in_words()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..1]);
        Ml.Model.Save(Ml.Transforms.GradCam("Overlay", ShapeModel.Network).Fit(data), data.Schema, folder["model.zip"]);
        using (var zip = System.IO.Compression.ZipFile.Open(folder["model.zip"], System.IO.Compression.ZipArchiveMode.Update))
        {
            foreach (System.IO.Compression.ZipArchiveEntry entry in zip.Entries.Where(entry => entry.FullName.Contains("Network", StringComparison.Ordinal)).ToArray())
            {
                entry.Delete();
            }
        }

        Exception error = Assert.Throws<Exception>(() => Ml.Model.Load(folder["model.zip"], out _));
        Assert.Contains("that explain a network", error.ToString());
    }

    private static byte[][] Pictures(IDataView view) => [.. view.GetColumn<MLImage>("Overlay").Select(picture => picture.Pixels.ToArray())];

    [TestMethod]
    public void Wrong_columns_and_classes_are_refused_by_name()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..1]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.GradCam("Overlay", ShapeModel.Model, classIndex: 3));
        Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.GradCam(" ", ShapeModel.Model));
        Assert.Contains("'Image' is not in the data", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.GradCam("Overlay", ShapeModel.Model, "Image").Fit(data)).Message);
        Assert.Contains("must hold images", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.GradCam("Overlay", ShapeModel.Model, "Shape").Fit(data)).Message);
        IDataView other = Ml.Data.LoadFromEnumerable([new { Text = "" }]);
        Assert.Contains("'Pixels' is not in the data", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.GradCam("Overlay", ShapeModel.Model).Fit(other)).Message);
        Assert.Contains("'Pixels'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Transforms.GradCam("Overlay", ShapeModel.Model)
            .GetOutputSchema(Ml.Transforms.CopyColumns("A", "Text").GetOutputSchema(SchemaShapeOf(other)))).Message);
    }

    private static SchemaShape SchemaShapeOf(IDataView data) => Microsoft.ML.DeepLayers.Interop.SchemaShapes.FromSchema(data.Schema);

    private sealed class PictureFile
    {
        [VectorType(24, 24, 3)]
        public byte[] Pixels { get; set; } = [];

        public string Path { get; set; } = "";
    }

    private sealed class Explained
    {
        public string PredictedLabel { get; set; } = "";

        [ImageType(24, 24)]
        public MLImage Overlay { get; set; } = null!;
    }
}
