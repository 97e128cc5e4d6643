using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Dilated causal convolutions with gates, residuals and skips (van den Oord et al. 2016): how does a chaotic oscillation go on?</summary>
[TestClass]
public sealed class WaveNetTests
{
    private const int Steps = 32;

    [TestMethod]
    public void Foretells_a_chaotic_oscillation()
    {
        var ml = new MLContext(seed: 1);
        Window[] windows = Windows(1400);
        IDataView train = ml.Data.LoadFromEnumerable(windows[..1000]), test = ml.Data.LoadFromEnumerable(windows[(1000 + Steps)..]);
        Network network = WaveNet();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.NormalizeMeanVariance("Past", fixZero: false)
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                LabelColumnName = "Next",
                FeatureColumnName = "Past",
                Epochs = 12,
                Optimizer = new Adam(0.01f),
            })).Fit(train);
        double rSquared = ml.Regression.Evaluate(model.Transform(test), "Next").RSquared;
        ITransformer linearModel = ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
        {
            LabelColumnName = "Next",
            FeatureColumnName = "Past",
            NumberOfThreads = 1, // the same result every time
        }).Fit(train);
        double linear = ml.Regression.Evaluate(linearModel.Transform(test), "Next").RSquared;
        double last = RSquared(windows[(1000 + Steps)..], window => window.Past[^1]);
        Console.WriteLine($"R² {rSquared:0.000}, of the last value {last:0.000}, of a linear model {linear:0.000}");
        Assert.IsGreaterThan(0.98, rSquared);
        Assert.IsLessThan(0.5, last);
        Assert.IsLessThan(0.95, linear);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score");
    }

    private static Network WaveNet()
    {
        var past = new Input(Steps, 1);
        LayerOutput x = new Conv1D(12, 2, padding: Padding.Causal).Apply(past);
        var skips = new List<LayerOutput>();
        foreach (int dilation in new[] { 1, 2, 4, 8 })
        {
            LayerOutput gated = new Multiply().Apply(
                new Conv1D(12, 2, padding: Padding.Causal, dilationRate: dilation, activation: Activation.Tanh).Apply(x),
                new Conv1D(12, 2, padding: Padding.Causal, dilationRate: dilation, activation: Activation.Sigmoid).Apply(x));
            skips.Add(new Conv1D(12, 1).Apply(gated));
            x = new Add().Apply(x, new Conv1D(12, 1).Apply(gated));
        }

        LayerOutput sum = new ActivationLayer(Activation.ReLU).Apply(new Add().Apply([.. skips]));
        LayerOutput last = new Cropping1D((Steps - 1, 0)).Apply(new Conv1D(12, 1, activation: Activation.ReLU).Apply(sum));
        return new Network(past, new Flatten().Apply(last));
    }

    private static double RSquared(Window[] windows, Func<Window, float> predict)
    {
        double mean = windows.Average(window => window.Next);
        return 1 - (windows.Sum(window => Math.Pow(window.Next - predict(window), 2)) / windows.Sum(window => Math.Pow(window.Next - mean, 2)));
    }

    /// <summary>Mackey and Glass's equation (1977), x' = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x, seen every six units of time.</summary>
    private static Window[] Windows(int count)
    {
        const int SubSteps = 10, Delay = 17 * SubSteps, Every = 6 * SubSteps;
        var values = new List<double>(Enumerable.Range(0, Delay + 1).Select(i => 1.2 + (0.1 * Math.Sin(i / 20.0))));
        while (values.Count < (count + Steps + 50) * Every)
        {
            double past = values[^(Delay + 1)];
            values.Add(values[^1] + (((0.2 * past / (1 + Math.Pow(past, 10))) - (0.1 * values[^1])) / SubSteps));
        }

        float[] seen = [.. Enumerable.Range(0, count + Steps + 50).Select(i => (float)values[i * Every]).Skip(50)];
        return [.. Enumerable.Range(0, count).Select(i => new Window { Past = seen[i..(i + Steps)], Next = seen[i + Steps] })];
    }

    private sealed class Window
    {
        [VectorType(Steps)]
        public float[] Past { get; set; } = [];

        public float Next { get; set; }
    }
}
