using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A training of any network, with several inputs and outputs, on random examples that the seed decides.</summary>
internal sealed record GraphRun(Network Network)
{
    internal NeuralNetworkOptions Options { get; init; } = new() { Epochs = 3, BatchSize = 8 };

    internal int Examples { get; init; } = 20;

    /// <summary>Looks on at every step.</summary>
    internal IStepObserver? Observer { get; init; }

    internal TrainingResult Train() => TrainingLoop.Run(Plan());

    internal TrainingPlan Plan()
    {
        NetworkGraph graph = Network.Graph;
        Shape[] inputs = [.. graph.Inputs.Select(node => ((DeepLayers.Layers.Input)graph.Nodes[node].Layer).Shape!.Value)];
        var layout = new ExampleLayout(
            [.. inputs.Select((shape, index) => new InputColumn($"x{index}", shape))],
            [.. graph.Outputs.Select((_, index) => new LabelColumn($"y{index}", LabelEncoding.Number, false))],
            null);
        var store = new FixedRowStore(layout.Width);
        var random = new Random(7);
        for (int i = 0; i < Examples; i++)
        {
            // A quarter of zeros, for layers that mask them.
            store.Add([.. Enumerable.Range(0, layout.Width).Select(column => (i + column) / 3 % 4 == 0 ? 0 : (float)((2 * random.NextDouble()) - 1))]);
        }

        return new TrainingPlan
        {
            Graph = graph,
            Shapes = graph.InferShapes(inputs),
            Objectives = [.. graph.OutputNames.Select(name => new RegressionHead().Objective with { OutputName = name })],
            Examples = new ExampleSet(new CachedExamples(layout, store, [.. Enumerable.Range(0, Examples)]), null),
            Options = Options,
            Seed = 5,
            Device = TestDevice.Torch,
            Observer = Observer,
            Log = _ => { },
            CheckAlive = () => { },
        };
    }
}
