using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Good and bad sentences of film reviews, by a convolution over words.</summary>
internal static class RtPolarity
{
    private const int Length = 56;
    private const int Words = 20000;
    private const int Folds = 10;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("rt-polarity");
        var ml = new MLContext(seed: 1);
        (string[] Words, bool Good)[] texts = [.. Read(folder, "pos", true), .. Read(folder, "neg", false)];
        // The words of the test folds count too, without their labels: their vectors stay as they start.
        var index = new WordIndex(texts.Select(text => text.Words), Words);
        IDataView data = ml.Data.LoadFromEnumerable(texts.Select(text => new Sentence { Indices = index.Encode(text.Words, Length), Label = text.Good }).ToArray());

        var network = new Sequential
        {
            new Embedding(Words, 64),
            new Dropout(0.2f),
            new Conv1D(100, kernelSize: 4, activation: Activation.ReLU),
            new GlobalMaxPooling1D(),
            new Dropout(0.5f),
        };
        var trainer = ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            FeatureColumnName = nameof(Sentence.Indices),
            Epochs = 8,
            BatchSize = 50,
            ValidationFraction = 0.1f,
            Callbacks = { new EarlyStopping(patience: 1) },
        });
        var folds = trial.CrossValidate(Folds, () => ml.BinaryClassification.CrossValidate(data, trainer, Folds, seed: 1));
        yield return trial.Result(
            "Embedding 64, Conv1D 100/4, max over time, dropout .5", $"accuracy {folds.Average(fold => fold.Metrics.Accuracy):0.0%}",
            "CNN-rand 76.1 % (Kim 2014: 300 numbers a word, kernels 3, 4 and 5)", "10-fold; batch 50, Adam, early stopping on 10 %");
    }

    private static IEnumerable<(string[] Words, bool Good)> Read(string folder, string extension, bool good) =>
        File.ReadLines(Path.Combine(folder, $"rt-polarity.{extension}")).Select(line => (line.Split(' ', StringSplitOptions.RemoveEmptyEntries), good));

    private sealed class Sentence
    {
        [VectorType(Length)]
        public int[] Indices { get; set; } = [];

        public bool Label { get; set; }
    }
}
