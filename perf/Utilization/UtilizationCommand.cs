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

    /// <summary>Networks, how many steps of each make a measurement, and in which precisions.</summary>
    private static IEnumerable<(BenchmarkNetwork Network, int Steps, TrainingPrecision[] Precisions)> Cases
    {
        get
        {
            TrainingPrecision[] full = [TrainingPrecision.Float32];
            yield return (Mlp.Small, 500, full);
            yield return (Mlp.Wide, 20, full);
            yield return (new Cnn(), 5, full);
            yield return (new Recurrent(), 20, full);
            if (MeasuredDevice.Torch.type == DeviceType.CUDA)
            {
                TrainingPrecision[] both = [TrainingPrecision.Float32, TrainingPrecision.MixedBFloat16];
                yield return (Mlp.Large, 10, both);
                yield return (new Residual(), 10, both);
            }
        }
    }

    internal static int Run(int rounds, Device device)
    {
        MeasuredDevice.Choose(device);
        Console.WriteLine(Machine.Read());
        var most = new Dictionary<TrainingPrecision, double>();
        foreach (TrainingPrecision precision in Cases.SelectMany(item => item.Precisions).Distinct())
        {
            most[precision] = MostProducts(MixedPrecision.LowType(precision) ?? ScalarType.Float32, rounds);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The most of one matrix product, {MeasuredDevice.Chosen}, {precision}: {most[precision] / 1e9:G4} billion multiplications a second."));
        }

        Console.WriteLine();
        Console.WriteLine("| | precision | step, µs | million multiplications a step | of the most |");
        Console.WriteLine("|---|---|---:|---:|---:|");
        foreach ((BenchmarkNetwork network, int steps, TrainingPrecision[] precisions) in Cases)
        {
            foreach (TrainingPrecision precision in precisions)
            {
                Measure(network, steps, precision, rounds, most[precision]);
            }
        }

        return 0;
    }

    private static void Measure(BenchmarkNetwork network, int steps, TrainingPrecision precision, int rounds, double most)
    {
        NetworkGraph graph = new MulticlassHead().Complete(network.Body().Graph, [network.Input], network.Classes, addOutputLayer: true);
        double multiplications = PassesOfStep * StepWork.Of(graph, graph.InferShapes([network.Input]), network.BatchSize).Multiplications;
        double seconds = StepContest.Seconds(network, steps, rounds, precision).Median;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {network.Name} | {precision} | {1e6 * seconds:N0} | {multiplications / 1e6:N1} | {multiplications / seconds / most:P1} |"));
    }

    /// <summary>Multiplications a second of large products of matrices, where nothing else stands in the way.</summary>
    private static double MostProducts(ScalarType type, int rounds)
    {
        // Enough for the device: a graphics processor is not busy with less.
        int side = MeasuredDevice.Torch.type == DeviceType.CUDA ? 8192 : 2048;
        const int Products = 4;
        using DisposeScope scope = NewDisposeScope();
        Tensor left = rand(side, side, dtype: type, device: MeasuredDevice.Torch);
        Tensor right = rand(side, side, dtype: type, device: MeasuredDevice.Torch);
        Tensor result = zeros(side, side, dtype: type, device: MeasuredDevice.Torch);
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
        return (double)side * side * side * Products / seconds;
    }
}
