using System.Drawing;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using SkiaSharp;

namespace KeptFiles.Writing;

/// <summary>Models that read image files, and those that draw heat maps over images.</summary>
internal static class ImageModels
{
    private const int Side = 12;

    /// <summary>Heat maps are drawn in 256 levels: a level up or down, as rounding has it, is 0.004 of the range.</summary>
    private const double PictureTolerance = 0.05;

    private static readonly MLContext Ml = new(seed: 1);

    private static NeuralNetworkOptions Options
    {
        get
        {
            NeuralNetworkOptions options = TabularModels.Options("Label");
            options.FeatureColumnName = "Pixels";
            return options;
        }
    }

    private static Sequential Network =>
    [
        new Rescaling(1 / 255f), new Conv2D(4, 3, padding: Padding.Same, activation: Activation.ReLU), new MaxPooling2D(2),
        new Conv2D(6, 3, padding: Padding.Same, activation: Activation.ReLU), new GlobalAveragePooling2D(),
    ];

    internal static void Write(KeptWriter writer)
    {
        IDataView train = Ml.Data.LoadFromEnumerable(Make(48, seed: 1)), some = Ml.Data.LoadFromEnumerable(Make(2, seed: 2));
        var labels = Ml.Transforms.Conversion.MapValueToKey("Label", "Kind");
        var trainer = Ml.MulticlassClassification.Trainers.NeuralNetwork(Network, Options);
        var text = Ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel");

        var options = new PixelLoadingOptions
        {
            InputColumnName = "File",
            ImageHeight = 5,
            ImageWidth = 7,
            Fit = ImageFit.Pad,
            Interpolation = ImageInterpolation.Bicubic,
            Background = Color.FromArgb(10, 20, 30),
            PadColor = Color.FromArgb(200, 100, 50),
            MaxPixels = 5000,
            MaxFileBytes = 1 << 16,
            DecodeAtReducedScale = false,
            Workers = 2,
        };
        writer.Model("pixels-padded", Ml.Transforms.LoadPixels(options).Fit(some), some);
        writer.Model("pixels-cropped", Ml.Transforms.LoadPixels(new PixelLoadingOptions { InputColumnName = "File", ImageHeight = 4, ImageWidth = 4, CropFraction = 0.75f, Errors = ImageErrors.Skip }).Fit(some), some);

        ITransformer model = labels.Append(Ml.Transforms.LoadPixels("Pixels", Side, Side, "File")).Append(trainer).Append(text).Fit(train);
        writer.Model("pixels-network", model, some);

        // From here on the pixels are in the data.
        IDataView pixels = Ml.Transforms.LoadPixels("Pixels", Side, Side, "File").Fit(some).Transform(some);
        writer.Model("overlay-gradcam", Ml.Transforms.GradCam("Overlay", model).Fit(pixels), pixels, PictureTolerance);
        writer.Model("overlay-gradcam-options", Ml.Transforms.GradCam(
            "Overlay", model, layerName: "conv2d", classIndex: 1, overlay: new OverlayOptions { Colors = HeatMapColors.Viridis, Opacity = 0.9f, CropFraction = 0.75f }).Fit(pixels), pixels, PictureTolerance);
        writer.Model("overlay-occlusion", Ml.Transforms.Occlusion(
            "Overlay", model, patchSize: new Size2D(4, 5), stride: new Size2D(3, 2), fillValue: 10, classIndex: 0, overlay: new OverlayOptions { Colors = HeatMapColors.Inferno }).Fit(pixels), pixels, PictureTolerance);
        ITransformer whole = new TransformerChain<ITransformer>([model, Ml.Transforms.GradCam("Overlay", model).Fit(model.Transform(some))]);
        writer.Model("overlay-behind-network", whole, some, PictureTolerance);

        WritePaths(writer);
        WriteTrainer(writer, labels.Fit(train).Transform(train), some);
    }

    /// <summary>Models that read files by their names.</summary>
    private static void WritePaths(KeptWriter writer)
    {
        Picture[] pictures = Make(8, seed: 3);
        string[] files = ["picture-0.png", "picture-1.png"];
        for (int i = 0; i < files.Length; i++)
        {
            File.WriteAllBytes(writer[files[i]], pictures[i].File);
        }

        IDataView paths = Ml.Data.LoadFromEnumerable(files.Select(file => new ImagePath { Path = file }));
        IDataView numbered = Ml.Transforms.CustomMapping<ImagePath, Numbered>((path, row) => row.Number = path.Path.Length, null).Fit(paths).Transform(paths);
        NeuralNetworkOptions options = Options;
        options.LabelColumnName = "Number";
        var network = Ml.Regression.Trainers.NeuralNetwork(Network, options);
        writer.Model("pixels-from-paths", Ml.Transforms.LoadPixels("Pixels", Side, Side, "Path").Append(network).Fit(numbered), paths, files: files);
        writer.Model("images-from-paths", Ml.Transforms.LoadImages("Image", "", "Path").Append(Ml.Transforms.ResizeImages("Small", Side, Side, "Image"))
            .Append(Ml.Transforms.ExtractPixels("Pixels", "Small", interleavePixelColors: true)).Append(Ml.Transforms.DropColumns("Image", "Small"))
            .Append(Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Reshape(Side, Side, 3), new Conv2D(4, 3), new GlobalAveragePooling2D() }, options))
            .Fit(numbered), paths, files: files);
    }

    private static void WriteTrainer(KeptWriter writer, IDataView train, IDataView some)
    {
        var pixels = Ml.Transforms.LoadPixels("Pixels", 32, 32, "File");
        writer.Model("image-trainer", pixels.Append(Ml.MulticlassClassification.Trainers.ImageClassification(
            new MobileNetV3Small { Height = 32, Width = 32, WidthMultiplier = 0.05f }, new ImageTrainingOptions { Epochs = 1, ValidationFraction = 0 })).Fit(train), some);
    }

    /// <summary>Pictures in two colors, with a bar that lies or stands.</summary>
    private static Picture[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int place = random.Next(12);
            byte shade = (byte)random.Next(80, 256);
            using var bitmap = new SKBitmap(new SKImageInfo(16, 14, SKColorType.Rgba8888, SKAlphaType.Unpremul));
            for (int y = 0; y < 14; y++)
            {
                for (int x = 0; x < 16; x++)
                {
                    bool bar = (i % 2 == 0 ? y : x) - place is >= 0 and < 3;
                    bitmap.SetPixel(x, y, bar ? new SKColor(shade, (byte)(x * 9), 40) : new SKColor(20, (byte)(y * 5), (byte)(255 - shade)));
                }
            }

            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            return new Picture { File = data.ToArray(), Kind = i % 2 == 0 ? "lies" : "stands" };
        })];
    }

    private sealed class Picture
    {
        public byte[] File { get; set; } = [];

        public string Kind { get; set; } = "";
    }

    private sealed class Numbered
    {
        public float Number { get; set; }
    }
}
