using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Sums loss and metrics over an epoch on the device; only the end of the epoch waits for them.</summary>
internal sealed class EpochMeter : IDisposable
{
    private readonly Objective objective;
    private readonly Tensor sums;
    private readonly Tensor[] slots;
    private long examples;

    internal EpochMeter(Objective objective, torch.Device device)
    {
        this.objective = objective;
        // Double, so that millions of small terms do not lose digits; MPS has no double.
        ScalarType numberType = device.type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
        sums = zeros(objective.Metrics.Count + 1, numberType, device).DetachFromDisposeScope();
        slots = [.. Enumerable.Range(0, objective.Metrics.Count + 1).Select(index => sums[index].DetachFromDisposeScope())];
    }

    /// <summary>Keras's names of what is measured.</summary>
    internal static IEnumerable<string> Names(Objective objective, string prefix = "") =>
        objective.Metrics.Select(metric => metric.Name).Prepend("loss").Select(name => prefix + name);

    internal void Reset()
    {
        // In-place operations return a new handle to the same memory.
        sums.zero_().Dispose();
        examples = 0;
    }

    internal void Add(Tensor meanLoss, Tensor output, Tensor target, int count)
    {
        using IDisposable noGrad = no_grad();
        slots[0].add_(meanLoss, alpha: count);
        for (int i = 0; i < objective.Metrics.Count; i++)
        {
            slots[i + 1].add_(objective.Metrics[i].Sum(output, target));
        }

        examples += count;
    }

    /// <summary>Writes the means under their names.</summary>
    internal void Read(IDictionary<string, double> metrics, string prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] totals = [.. sums.cpu().to(ScalarType.Float64).data<double>()];
        int i = 0;
        foreach (string name in Names(objective, prefix))
        {
            metrics[name] = totals[i++] / Math.Max(1, examples);
        }
    }

    public void Dispose()
    {
        foreach (Tensor slot in slots)
        {
            slot.Dispose();
        }

        sums.Dispose();
    }
}
