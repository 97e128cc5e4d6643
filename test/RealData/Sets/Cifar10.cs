using System.Formats.Tar;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.RealData;
using Microsoft.ML.Transforms.Image;

namespace RealData.Sets;

/// <summary>Small photographs: the network of Keras's cifar10_cnn.py, on a part of the images, which are JPEG copies here.</summary>
internal static class Cifar10
{
    private const int Side = 32;
    private const int TrainingPerClass = 1000;
    private const int TestPerClass = 200;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("cifar10-jpg");
        MLContext ml = trial.ML;
        Photograph[] photographs = [.. Read(Path.Combine(folder, "CIFAR-10-images.tar.gz"))];
        IDataView train = ml.Data.LoadFromEnumerable(photographs.Where(photograph => photograph.IsTraining));
        IDataView test = ml.Data.LoadFromEnumerable(photographs.Where(photograph => !photograph.IsTraining));

        var network = new Sequential
        {
            new Conv2D(32, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU),
            new Conv2D(32, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Dropout(0.25f),
            new Conv2D(64, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU),
            new Conv2D(64, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Dropout(0.25f),
            new Flatten(),
            new Dense(512, Activation.ReLU),
            new Dropout(0.5f),
        };
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Photograph.Class))
            .Append(ml.Transforms.ExtractNetworkPixels("Pixels", Side, Side, nameof(Photograph.Image)))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                FeatureColumnName = "Pixels",
                Epochs = 6,
                BatchSize = 32,
                ValidationFraction = 0.1f,
                Callbacks = { new EarlyStopping(patience: 3) },
            }));
        IDataView scored = trial.Fit(pipeline, train).Transform(test);
        yield return trial.Result(
            "Conv2D 32-32-64-64, Dense 512, dropout", $"accuracy {ml.MulticlassClassification.Evaluate(scored).MicroAccuracy:0.0%}",
            "Keras, the same network on all images, augmented: 75 % after 25 epochs",
            $"the first {TrainingPerClass}/{TestPerClass} JPEG copies a class; batch 32, Adam, at most 6 epochs, early stopping on 10 %: not comparable");
    }

    private static IEnumerable<Photograph> Read(string path)
    {
        using Stream stream = SharedData.Open(path);
        using var archive = new TarReader(stream);
        var counts = new Dictionary<string, int>();
        while (archive.GetNextEntry() is { } entry)
        {
            // CIFAR-10-images/train/<class>/NNNN.jpg
            if (entry.Name.Split('/') is [_, "train" or "test", string name, _] parts && entry.DataStream is { } data
                && (counts[parts[1] + name] = counts.GetValueOrDefault(parts[1] + name) + 1) <= (parts[1] == "train" ? TrainingPerClass : TestPerClass))
            {
                yield return new Photograph { Image = MLImage.CreateFromStream(data), Class = name, IsTraining = parts[1] == "train" };
            }
        }
    }

    private sealed class Photograph
    {
        [ImageType(Side, Side)]
        public MLImage? Image { get; set; }

        public string Class { get; set; } = "";

        public bool IsTraining { get; set; }
    }
}
