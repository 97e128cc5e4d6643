using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Attention trained within ML.NET, saved and loaded.</summary>
[TestClass]
public sealed class AttentionTrainingTests
{
    private const int Steps = 5;

    /// <summary>The label is the number of the one step that is marked: a linear model knows nothing of it.</summary>
    [TestMethod]
    public void Attention_learns_to_find_the_marked_step()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Marked(ml, 400, 1), Marked(ml, 200, 2));
        var network = new Sequential
        {
            new Reshape(Steps, 2), new Dense(8), new TransformerEncoder(16, 2, normalizeFirst: true), new Attention(useScale: true), new GlobalAveragePooling1D(),
        };
        ITransformer model = ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            Epochs = 12,
            BatchSize = 40,
            Optimizer = new Adam(0.02f),
            Device = Device.Cpu,
        }).Fit(train);
        double rSquared = ml.Regression.Evaluate(model.Transform(test)).RSquared;
        Assert.IsGreaterThan(0.9, rSquared);

        ml.Model.Save(model, train.Schema, folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out _);
        CollectionAssert.AreEqual(Scores(model, test), Scores(loaded, test));
    }

    private static float[] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float>("Score")];

    private static IDataView Marked(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            int marked = random.Next(Steps);
            float[] features = [.. Enumerable.Range(0, Steps).SelectMany(step => new[] { step == marked ? 1 : 0, (random.NextSingle() * 2) - 1 })];
            return new Row { Features = features, Label = features[(2 * marked) + 1] };
        }).ToArray());
    }

    private sealed class Row
    {
        [VectorType(2 * Steps)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
