using System.Diagnostics;
using System.Formats.Tar;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Good and bad film reviews: the network of Keras's imdb_bidirectional_lstm.py.</summary>
internal static class Imdb
{
    private const int Length = 100;
    private const int Words = 20000;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("imdb");
        MLContext ml = trial.ML;
        Review[] reviews = [.. Read(Path.Combine(folder, "aclImdb_labelled.tar.xz"))];
        var index = new WordIndex(reviews.Where(review => review.IsTraining).Select(review => review.Words), Words);
        IDataView View(bool training) => ml.Data.LoadFromEnumerable(
            reviews.Where(review => review.IsTraining == training).Select(review => new Encoded { Indices = index.Encode(review.Words, Length), Label = review.IsGood }).ToArray());

        var network = new Sequential
        {
            new Embedding(Words, 128),
            new Bidirectional(new LSTM(64)),
            new Dropout(0.5f),
        };
        var pipeline = ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            FeatureColumnName = nameof(Encoded.Indices),
            Epochs = 4,
            BatchSize = 128,
            ValidationFraction = 0.1f,
            Callbacks = { new EarlyStopping(patience: 1) },
        });
        IDataView scored = trial.Fit(pipeline, View(training: true)).Transform(View(training: false));
        yield return trial.Result(
            "Embedding 128, bidirectional LSTM 64, dropout .5", $"accuracy {ml.BinaryClassification.Evaluate(scored).Accuracy:0.00%}",
            "Keras, the same network: 81.46 %", "its 25000/25000, last 100 words of 20000; batch 128 (Keras 32), Adam, early stopping on 10 %");
    }

    /// <summary>.NET reads tar but not xz, so the system's xz unpacks into a pipe.</summary>
    private static IEnumerable<Review> Read(string path)
    {
        using Process xz = Process.Start(new ProcessStartInfo("xz", ["-dc", path]) { RedirectStandardOutput = true })!;
        using var archive = new TarReader(xz.StandardOutput.BaseStream);
        while (archive.GetNextEntry() is { } entry)
        {
            // aclImdb/train/pos/ID_RATING.txt
            if (entry.Name.Split('/') is [_, string part, "pos" or "neg", string name] && name.EndsWith(".txt", StringComparison.Ordinal))
            {
                using var reader = new StreamReader(entry.DataStream!);
                string[] words = WordIndex.Split(reader.ReadToEnd().Replace("<br />", " ", StringComparison.Ordinal));
                yield return new Review(words, part == "train", entry.Name.Contains("/pos/", StringComparison.Ordinal));
            }
        }
    }

    private sealed record Review(string[] Words, bool IsTraining, bool IsGood);

    private sealed class Encoded
    {
        [VectorType(Length)]
        public int[] Indices { get; set; } = [];

        public bool Label { get; set; }
    }
}
