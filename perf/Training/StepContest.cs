using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// Steps of a training on one batch in memory: ours with loss, metrics and optimizer, beside the network by hand with nothing
/// but forward and backward, or with its optimizer as well.
/// </summary>
internal static class StepContest
{
    /// <summary>The seconds that one of our steps takes, with all of it that the device still has to do.</summary>
    internal static Spread Seconds(BenchmarkNetwork network, int steps, int rounds, TrainingPrecision precision = TrainingPrecision.Float32)
    {
        using var ours = new OurSteps(network, precision);
        ours.Run(steps);
        return Spread.Of(Enumerable.Range(0, rounds).Select(_ => Contest.Seconds(() => ours.Run(steps)) / steps));
    }

    internal static Contest Create(BenchmarkNetwork network, int steps, bool withOptimizer)
    {
        var ours = new OurSteps(network);
        var peer = new StepsByHand(network, withOptimizer);
        return new Contest(() => ours.Run(steps), () => peer.Run(steps), steps, ours, peer);
    }

    private sealed class OurSteps : IDisposable
    {
        private readonly DisposeScope scope = NewDisposeScope();
        private readonly TorchNetwork torchNetwork;
        private readonly TrainingStep step;
        private readonly EpochMeter meter;
        private readonly BatchTensors tensors;
        private readonly Batch batch;
        private readonly DeviceExamples? device;
        private readonly IEnumerator<DeviceBatch>? held;
        private readonly int threads;
        private long number;

        internal OurSteps(BenchmarkNetwork network, TrainingPrecision precision = TrainingPrecision.Float32)
        {
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
                Options = new NeuralNetworkOptions { Precision = precision },
                Seed = 1,
                Device = MeasuredDevice.Torch,
                Log = _ => { },
                CheckAlive = () => { },
            };
            threads = StepWork.Of(graph, plan.Shapes, network.BatchSize).Threads;
            torchNetwork = new TorchNetwork(graph, plan.Shapes, MeasuredDevice.Torch, precision: precision);
            torchNetwork.Initialize(1);
            step = new TrainingStep(plan, torchNetwork);
            meter = new EpochMeter(plan.Objectives, [network.Classes], MeasuredDevice.Torch);
            var pipeline = new BatchPipeline(layout, network.BatchSize);
            tensors = new BatchTensors(pipeline, [network.Input], MeasuredDevice.Torch);
            batch = pipeline.Batches[0];
            IBatchFiller filler = plan.Examples.Training.BeginEpoch(null);
            if (DeviceExamples.CanHold(layout, MeasuredDevice.Torch))
            {
                device = new DeviceExamples(layout, [network.Input], MeasuredDevice.Torch);
                held = device.Read(filler.Rows!, network.BatchSize)!.GetEnumerator();
                held.MoveNext();
            }

            filler.Fill(batch);
        }

        internal void Run(int steps)
        {
            using OpenMP.ThreadLimit limit = OpenMP.Limit(threads);
            for (int i = 0; i < steps; i++)
            {
                using DisposeScope one = NewDisposeScope();
                StepOutcome outcome = step.Train(held is null ? tensors[batch] : held.Current.Take(), number++, 1);
                meter.Add(outcome.Losses, outcome.Outputs, batch.Count);
            }
        }

        public void Dispose()
        {
            held?.Dispose();
            device?.Dispose();
            tensors.Dispose();
            meter.Dispose();
            step.Dispose();
            torchNetwork.Dispose();
            scope.Dispose();
        }
    }

    private sealed class StepsByHand : IDisposable
    {
        private readonly nn.Module<Tensor, Tensor> model;
        private readonly optim.Optimizer? optimizer;
        private readonly Tensor examples;
        private readonly Tensor labels;

        internal StepsByHand(BenchmarkNetwork network, bool withOptimizer)
        {
            model = network.ByHand().to(MeasuredDevice.Torch);
            optimizer = withOptimizer ? optim.Adam(model.parameters()) : null;
            (float[] values, float[] classes) = network.Generate(network.BatchSize);
            using DisposeScope scope = NewDisposeScope();
            examples = network.Arrange(tensor(values).view(network.BatchSize, -1)).to(MeasuredDevice.Torch).MoveToOuterDisposeScope();
            labels = tensor(classes).to(ScalarType.Int64, MeasuredDevice.Torch).MoveToOuterDisposeScope();
        }

        internal void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                using DisposeScope one = NewDisposeScope();
                optimizer?.zero_grad();
                nn.functional.cross_entropy(model.call(examples), labels).backward();
                optimizer?.step();
            }
        }

        public void Dispose()
        {
            optimizer?.Dispose();
            model.Dispose();
            examples.Dispose();
            labels.Dispose();
        }
    }
}
