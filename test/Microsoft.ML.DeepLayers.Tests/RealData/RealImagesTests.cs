using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>Photographs that nobody has drawn for a test.</summary>
[TestClass]
public sealed class RealImagesTests
{
    private static readonly string[] Flowers = ["daisy", "dandelion", "roses", "sunflowers", "tulips"];

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void A_small_CNN_tells_photographs_apart_better_than_a_linear_model()
    {
        using UnpackedImages images = UnpackedImages.Cifar10(Need("cifar10-jpg"), trainingPerClass: 200, testPerClass: 50);
        double linear = Accuracy(images, epochs: 10, 1e-3f, new Flatten());
        double cnn = Accuracy(
            images, epochs: 10, 3e-3f,
            new RandomFlip(FlipMode.Horizontal),
            new Conv2D(16, kernelSize: 3), new MaxPooling2D(2), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Conv2D(32, kernelSize: 3), new MaxPooling2D(2), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new Conv2D(64, kernelSize: 3), new BatchNormalization(), new ActivationLayer(Activation.ReLU),
            new GlobalAveragePooling2D());
        TestContext.WriteLine($"linear {linear:0.000}, CNN {cnn:0.000}");
        Assert.IsGreaterThan(0.4, cnn, "chance would be 0.1");
        Assert.IsGreaterThan(linear + 0.08, cnn);
    }

    [TestMethod]
    public void A_backbone_learns_photographs_of_flowers_of_all_sizes_and_its_zip_names_one_by_its_path()
    {
        using UnpackedImages images = UnpackedImages.Flowers(Need("flowers"));
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView all = ml.Data.LoadImageFolder(images[""]);
        string[] files = [.. all.GetColumn<string>("ImagePath")];
        Assert.HasCount(200, files);
        Assert.IsGreaterThan(50, files.Select(file => SKBitmap.DecodeBounds(file).Size).Distinct().Count(), "sizes: a folder of one size would show less");
        DataOperationsCatalog.TrainTestData split = ml.Data.StratifiedTrainTestSplit(all, testFraction: 0.2);
        foreach (string flower in Flowers)
        {
            Assert.AreEqual(8, split.TestSet.GetColumn<string>("Label").Count(label => label == flower), flower);
        }

        const int side = 64;
        var backbone = new ResNet18 { Height = side, Width = side, WidthMultiplier = 0.25f };
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.LoadPixels("Pixels", side, side, "ImagePath"))
            .Append(ml.MulticlassClassification.Trainers.ImageClassification(backbone, new ImageTrainingOptions
            {
                Epochs = 8,
                BatchSize = 16,
                Augmentation = { new RandomFlip(FlipMode.Horizontal) },
                ValidationFraction = 0,
            }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(split.TrainSet);
        double accuracy = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet)).MicroAccuracy;
        TestContext.WriteLine($"flowers {accuracy:0.000}");
        Assert.IsGreaterThan(0.35, accuracy, "chance would be 0.2");

        ml.Model.Save(model, all.Schema, folder["flowers.zip"]);
        var elsewhere = new MLContext();
        using PredictionEngine<LabeledPath, NamedFlower> engine =
            elsewhere.Model.CreatePredictionEngine<LabeledPath, NamedFlower>(elsewhere.Model.Load(folder["flowers.zip"], out _));
        string[] paths = [.. split.TestSet.GetColumn<string>("ImagePath")];
        string[] expected = [.. model.Transform(split.TestSet).GetColumn<string>("PredictedLabel")];
        CollectionAssert.AreEqual(expected, paths.Select(path => engine.Predict(new LabeledPath { ImagePath = path }).PredictedLabel).ToArray());
    }

    private static double Accuracy(UnpackedImages images, int epochs, float rate, params Layer[] layers)
    {
        const int side = 32;
        var ml = new MLContext(seed: 1);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.LoadPixels("Pixels", side, side, "ImagePath"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(
                new Sequential([new Rescaling(1 / 127.5f, -1), .. layers]), new NeuralNetworkOptions
                {
                    FeatureColumnName = "Pixels",
                    Epochs = epochs,
                    Optimizer = new Adam(new OneCycle(rate)),
                }))
            .Fit(ml.Data.LoadImageFolder(images["train"]));
        return ml.MulticlassClassification.Evaluate(model.Transform(ml.Data.LoadImageFolder(images["test"]))).MicroAccuracy;
    }

    private static string Need(string name) =>
        SharedData.Find(name) ?? throw new AssertInconclusiveException($"The data set {name} was not found beside the repository.");

    private sealed class LabeledPath
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class NamedFlower
    {
        public string PredictedLabel { get; set; } = "";
    }
}
