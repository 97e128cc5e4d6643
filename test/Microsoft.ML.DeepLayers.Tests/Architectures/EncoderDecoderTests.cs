using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>One LSTM reads, another writes from its states (Sutskever et al. 2014): a sequence of numbers in reverse.</summary>
[TestClass]
public sealed class EncoderDecoderTests
{
    private const int Steps = 5;

    [TestMethod]
    public void Says_a_sequence_backwards()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Sequences(ml, 1500, seed: 1), Sequences(ml, 300, seed: 2));
        Network network = EncoderDecoder();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.NormalizeMinMax("Forwards")
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                LabelColumnName = "Backwards",
                FeatureColumnName = "Forwards",
                AddOutputLayer = false, // each step's own output is in the network
                Epochs = 15,
                Optimizer = new Adam(0.01f),
            })).Fit(train);
        float[][] wanted = [.. test.GetColumn<float[]>("Backwards")], found = [.. model.Transform(test).GetColumn<float[]>("Score")];
        double[] rSquared = [.. Enumerable.Range(0, Steps).Select(step => RSquared([.. wanted.Select(row => row[step])], [.. found.Select(row => row[step])]))];
        Console.WriteLine($"R² step by step: {string.Join(", ", rSquared.Select(value => $"{value:0.000}"))}");
        Assert.IsGreaterThan(0.9, rSquared.Min()); // the mean has 0
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score");
    }

    private static Network EncoderDecoder()
    {
        var numbers = new Input(Steps, 1);
        (LayerOutput last, LayerOutput hidden, LayerOutput cell) = new LSTM(32, returnState: true).Apply(numbers);
        LayerOutput decoded = new LSTM(32, returnSequences: true).Apply(new RepeatVector(Steps).Apply(last), hidden, cell);
        return new Network(numbers, new Flatten().Apply(new TimeDistributed(new Dense(1)).Apply(decoded)));
    }

    private static double RSquared(float[] wanted, float[] found)
    {
        double mean = wanted.Average();
        return 1 - (wanted.Zip(found, (w, f) => Math.Pow(w - f, 2)).Sum() / wanted.Sum(w => Math.Pow(w - mean, 2)));
    }

    private static IDataView Sequences(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            float[] numbers = [.. Enumerable.Range(0, Steps).Select(_ => random.Between(-1, 1))];
            return new Sequence { Forwards = numbers, Backwards = [.. numbers.Reverse()] };
        }).ToArray());
    }

    private sealed class Sequence
    {
        [VectorType(Steps)]
        public float[] Forwards { get; set; } = [];

        [VectorType(Steps)]
        public float[] Backwards { get; set; } = [];
    }
}
