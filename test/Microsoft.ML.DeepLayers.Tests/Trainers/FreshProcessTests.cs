using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>A saved network is all that another process needs, which has no libtorch at all.</summary>
[TestClass]
public sealed class FreshProcessTests
{
    [TestMethod]
    [DataRow("binary")]
    [DataRow("multiclass")]
    [DataRow("regression")]
    public void Zip_scores_in_a_process_without_libtorch_to_the_same_bits(string task)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 100);
        ITransformer model = TrainerPipelines.ForTask(ml, task, epochs: 3).Fit(data);
        ml.Model.Save(model, data.Schema, folder["model.zip"]);
        Save(ml, data, folder["data.idv"]);

        string output = RunHost("score", folder["model.zip"], folder["data.idv"], folder["scored.idv"]);

        Assert.Contains("no libtorch loaded", output);
        Assert.Contains("no TorchSharp loaded", output);
        IDataView scored = ml.Data.LoadFromBinary(folder["scored.idv"]);
        AssertSameBits(TrainerPipelines.Scores(ml, model, data), Scores(scored));
    }

    [TestMethod]
    public void Convolutional_and_recurrent_networks_score_elsewhere_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Image
        {
            Features = [.. Enumerable.Range(0, 8 * 8 * 2).Select(_ => random.NextSingle())],
            Label = i % 3,
        }).ToArray());
        Network[] networks =
        [
            new Sequential { new Conv2D(4, 3, activation: Activation.ReLU), new BatchNormalization(), new MaxPooling2D(2), new Flatten(), new Dropout(0.2f) },
            new Sequential { new Reshape(8, 16), new Bidirectional(new LSTM(5, returnSequences: true)), new GRU(4) },
        ];
        Save(ml, data, folder["data.idv"]);
        for (int i = 0; i < networks.Length; i++)
        {
            // A binary loader keeps its file open, so each round writes another.
            string scoredPath = folder[$"scored{i}.idv"];
            ITransformer model = ml.Regression.Trainers.NeuralNetwork(networks[i], epochs: 2).Fit(data);
            ml.Model.Save(model, data.Schema, folder["model.zip"]);
            Assert.Contains("no libtorch loaded", RunHost("score", folder["model.zip"], folder["data.idv"], scoredPath));
            IDataView scored = ml.Data.LoadFromBinary(scoredPath);
            AssertSameBits(TrainerPipelines.Scores(ml, model, data), Scores(scored));
        }
    }

    [TestMethod]
    public void Training_without_libtorch_names_the_package_to_add()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        Save(ml, ml.Data.LoadFromEnumerable([new Image { Features = new float[128] }]), folder["data.idv"]);
        string output = RunHost("fit", folder["data.idv"]);
        Assert.Contains("TorchSharp-cpu", output);
        Assert.Contains("TorchSharp-cuda-", output);
    }

    internal static void Save(MLContext ml, IDataView data, string path)
    {
        using FileStream stream = File.Create(path);
        ml.Data.SaveAsBinary(data, stream);
    }

    private static float[][] Scores(IDataView scored) => scored.Schema["Score"].Type is VectorDataViewType
        ? [.. scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray())]
        : [.. scored.GetColumn<float>("Score").Select(score => new[] { score })];

    private static void AssertSameBits(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int row = 0; row < expected.Length; row++)
        {
            CollectionAssert.AreEqual(
                expected[row].Select(BitConverter.SingleToInt32Bits).ToArray(), actual[row].Select(BitConverter.SingleToInt32Bits).ToArray(), $"row {row}");
        }
    }

    internal static string RunHost(params string[] arguments)
    {
        // The host is built beside the tests, in the same configuration.
        string host = Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", "ScoringHost", StringComparison.Ordinal), "ScoringHost.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", host, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"{output}\n{error.Result}");
        return output;
    }

    private sealed class Image
    {
        [VectorType(8, 8, 2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
