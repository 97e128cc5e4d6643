using System.Globalization;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>How much of what the device can compute a step of training makes use of.</summary>
internal static class UtilizationCommand
{
    /// <summary>Forward, and backward the gradients of inputs and of weights: as many products each.</summary>
    private const int PassesOfStep = 3;

    internal static int Run(int rounds, Device device)
    {
        MeasuredDevice.Choose(device);
        Console.WriteLine(Machine.Read());
        double most = MostProducts(rounds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The most of one matrix product, {MeasuredDevice.Chosen}: {most / 1e9:G4} billion multiplications a second."));
        Console.WriteLine();
        Console.WriteLine("| | step, µs | million multiplications a step | of the most |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach ((BenchmarkNetwork network, int steps) in (IEnumerable<(BenchmarkNetwork, int)>)[(Mlp.Small, 500), (Mlp.Wide, 20), (new Cnn(), 5), (new Recurrent(), 20)])
        {
            NetworkGraph graph = new MulticlassHead().Complete(network.Body().Graph, [network.Input], network.Classes, addOutputLayer: true);
            double multiplications = PassesOfStep * StepWork.Of(graph, graph.InferShapes([network.Input]), network.BatchSize).Multiplications;
            double seconds = StepContest.Seconds(network, steps, rounds).Median;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {network.Name} | {1e6 * seconds:N0} | {multiplications / 1e6:N1} | {multiplications / seconds / most:P0} |"));
        }

        return 0;
    }

    /// <summary>Multiplications a second of large products of matrices, where nothing else stands in the way.</summary>
    private static double MostProducts(int rounds)
    {
        const int Side = 2048;
        const int Products = 4;
        using DisposeScope scope = NewDisposeScope();
        Tensor left = rand(Side, Side, device: MeasuredDevice.Torch);
        Tensor right = rand(Side, Side, device: MeasuredDevice.Torch);
        Tensor result = zeros(Side, Side, device: MeasuredDevice.Torch);
        void Multiply()
        {
            for (int i = 0; i < Products; i++)
            {
                using DisposeScope one = NewDisposeScope();
                result.copy_(left.mm(right));
            }
        }

        Multiply();
        double seconds = Enumerable.Range(0, rounds).Min(_ => Contest.Seconds(Multiply));
        return (double)Side * Side * Side * Products / seconds;
    }
}
