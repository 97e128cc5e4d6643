using System.Diagnostics;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

internal static class FitBreakdown
{
    internal static void Run()
    {
        Runtime.LibTorch.EnsureLoaded();
        BenchmarkNetwork network = Mlp.Small;
        var head = new MulticlassHead();
        NetworkGraph graph = head.Complete(network.Body().Graph, [network.Input], network.Classes, addOutputLayer: true);
        var layout = new ExampleLayout([new InputColumn("Features", network.Input)], new LabelColumn("Label", LabelEncoding.Number, false), null);
        var store = new FixedRowStore(layout.Width);
        (float[] values, float[] classes) = network.Generate(network.BatchSize);
        int width = (int)network.Input.Size;
        for (int i = 0; i < classes.Length; i++)
        {
            store.Add([.. values.AsSpan(i * width, width), classes[i]]);
        }

        var plan = new TrainingPlan
        {
            Graph = graph,
            Shapes = graph.InferShapes([network.Input]),
            Objectives = [head.Objective],
            Examples = new ExampleSet(new CachedExamples(layout, store, [.. Enumerable.Range(0, store.Count)]), null),
            Options = new NeuralNetworkOptions(),
            Seed = 1,
            Device = CPU,
            Log = _ => { },
            CheckAlive = () => { },
        };
        using var torchNetwork = new TorchNetwork(graph, plan.Shapes, CPU);
        torchNetwork.Initialize(1);
        using var step = new TrainingStep(plan, torchNetwork);
        using var meter = new EpochMeter(plan.Objectives, [network.Classes], CPU);
        var pipeline = new BatchPipeline(layout, network.BatchSize);
        using var tensors = new BatchTensors(pipeline, [network.Input], CPU);
        Batch batch = pipeline.Batches[0];
        plan.Examples.Training.BeginEpoch(null).Fill(batch);
        BatchTensorSet set = tensors[batch];
        StepOutcome outcome = step.Train(set, 1, 1);
        long number = 0;
        using var generator = new Generator(0);
        using var byHand = network.ByHand();
        Tensor labels64 = set.Labels[0].to(ScalarType.Int64);
        Tensor[] view = [.. Enumerable.Range(0, 1).Select(_ => set.Inputs[0])];
        using Runtime.OpenMP.ThreadLimit threads = Runtime.OpenMP.Limit(StepWork.Of(plan.Graph, plan.Shapes, 32).Threads);
        Console.WriteLine(StepWork.Of(plan.Graph, plan.Shapes, 32));
        Time("nothing", () => { });
        Time("tensors", () => _ = tensors[batch]);
        Time("forward", () => torchNetwork.Forward(set.Inputs, new ForwardContext(true, generator)));
        Time("forward by hand", () => byHand.call(set.Inputs[0]));
        Time("validate (forward, no grad, loss)", () => step.Validate(set));
        Time("forward+backward by hand", () => nn.functional.cross_entropy(byHand.call(set.Inputs[0]), labels64).backward());
        Time("forward+backward ours", () =>
        {
            step.Parameters.ClearGradients();
            nn.functional.cross_entropy(torchNetwork.Forward(set.Inputs, new ForwardContext(true, generator))[0], labels64).backward();
        });
        Time("train", () => step.Train(set, number++, 1));
        Time("step", () =>
        {
            step.Pending = 1;
            step.Step(1);
        });
        Time("meter", () => meter.Add(outcome.Losses, outcome.Outputs, batch.Count));
    }

    private static void Time(string name, Action work)
    {
        var times = new List<double>();
        for (int round = 0; round < 25; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 200; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                work();
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / 200);
        }

        Spread spread = Spread.Of(times);
        Console.WriteLine(FormattableString.Invariant($"{name,-40} {spread.Median:0.0} ({spread.LowerQuartile:0.0} to {spread.UpperQuartile:0.0})"));
    }
}
