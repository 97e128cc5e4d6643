using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A training run over rows in memory, without ML.NET around it.</summary>
internal sealed record TestRun
{
    internal Sequential Body { get; init; } = [];

    internal TaskHead Head { get; init; } = new RegressionHead();

    /// <summary>The units of the output layer.</summary>
    internal int Units { get; init; } = 1;

    internal required Rows Training { get; init; }

    internal Rows? Validation { get; init; }

    internal NeuralNetworkOptions Options { get; init; } = new();

    internal int Seed { get; init; } = 1;

    internal NetworkWeights? InitialWeights { get; init; }

    internal History? InitialHistory { get; init; }

    /// <summary>What the classes of each output weigh.</summary>
    internal IReadOnlyList<float[]?> ClassWeights { get; init; } = [];

    internal Checkpoint? Checkpoint { get; init; }

    internal Action CheckAlive { get; init; } = () => { };

    /// <summary>Stands between the rows and the run.</summary>
    internal Func<ExampleSource, ExampleSource> Around { get; init; } = source => source;

    internal List<string> Log { get; } = [];

    internal NetworkGraph Graph => Head.Complete(Body.Graph, [new Shape(Training.Width)], Units, Options.AddOutputLayer);

    internal TrainingResult Train() => TrainingLoop.Run(Plan());

    internal TrainingPlan Plan()
    {
        NetworkGraph graph = Graph;
        return new TrainingPlan
        {
            Graph = graph,
            Shapes = graph.InferShapes([new Shape(Training.Width)]),
            Objectives = [Options.Loss is { } loss ? Head.Objective with { Loss = loss } : Head.Objective],
            Examples = new ExampleSet(Around(Training.ToSource()), Validation?.ToSource()),
            ClassWeights = ClassWeights,
            Options = Options,
            Seed = Seed,
            Device = TestDevice.Torch,
            InitialWeights = InitialWeights,
            InitialHistory = InitialHistory,
            Checkpoint = Checkpoint,
            Log = Log.Add,
            CheckAlive = CheckAlive,
        };
    }
}

/// <summary>Examples in memory.</summary>
/// <param name="Features">The features, example by example.</param>
/// <param name="Labels">The targets as a loss takes them.</param>
/// <param name="Weights">The examples' weights, if any.</param>
internal sealed record Rows(float[][] Features, float[] Labels, float[]? Weights = null)
{
    internal int Count => Labels.Length;

    internal int Width => Features[0].Length;

    /// <summary>Features from the seed, uniform on [-1, 1], and labels computed from them.</summary>
    internal static Rows Make(int count, int width, Func<float[], float> label, int seed = 1)
    {
        var random = new Random(seed);
        float[][] features = [.. Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, width).Select(_ => (float)((2 * random.NextDouble()) - 1)).ToArray())];
        return new Rows(features, [.. features.Select(label)]);
    }

    /// <summary>A linear function of three features with a little curvature.</summary>
    internal static Rows Line(int count, int seed = 1) => Make(count, 3, x => (2 * x[0]) - x[1] + (0.5f * x[2] * x[2]) + 0.25f, seed);

    internal ExampleSource ToSource()
    {
        var layout = new ExampleLayout(
            [new InputColumn("Features", new Shape(Width))], new LabelColumn("Label", LabelEncoding.Number, false), Weights is null ? null : "Weight");
        var store = new FixedRowStore(layout.Width);
        for (int i = 0; i < Count; i++)
        {
            store.Add([.. Features[i], Labels[i], .. Weights is null ? [] : new[] { Weights[i] }]);
        }

        return new CachedExamples(layout, store, [.. Enumerable.Range(0, Count)]);
    }
}

/// <summary>Weights as tests compare them.</summary>
internal static class WeightAssert
{
    internal static void AreEqual(NetworkWeights expected, NetworkWeights actual)
    {
        CollectionAssert.AreEqual(expected.Names.ToArray(), actual.Names.ToArray());
        foreach (WeightTensor weight in expected)
        {
            Assert.AreEqual(weight.Shape, actual[weight.Name].Shape);
            CollectionAssert.AreEqual(weight.Values.ToArray(), actual[weight.Name].Values.ToArray(), weight.Name);
        }
    }

    internal static void AreNotEqual(NetworkWeights expected, NetworkWeights actual) =>
        Assert.IsTrue(expected.Any(weight => !weight.Values.Span.SequenceEqual(actual[weight.Name].Values.Span)));

    internal static void AreClose(NetworkWeights expected, NetworkWeights actual, double tolerance)
    {
        foreach (WeightTensor weight in expected)
        {
            for (int i = 0; i < weight.Values.Length; i++)
            {
                Assert.AreEqual(weight.Values.Span[i], actual[weight.Name].Values.Span[i], tolerance, $"{weight.Name}[{i}]");
            }
        }
    }
}
