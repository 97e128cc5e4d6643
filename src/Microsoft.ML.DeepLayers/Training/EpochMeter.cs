using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Sums loss and metrics over an epoch on the device; only the end of the epoch waits for them.</summary>
internal sealed class EpochMeter : IDisposable
{
    private readonly IReadOnlyList<Objective> objectives;
    private readonly Tensor sums;
    private readonly Tensor[] slots;
    private long examples;

    internal EpochMeter(IReadOnlyList<Objective> objectives, torch.Device device)
    {
        this.objectives = objectives;
        int count = Names(objectives).Count();
        // Double, so that millions of small terms do not lose digits; MPS has no double.
        ScalarType numberType = device.type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
        sums = zeros(count, numberType, device).DetachFromDisposeScope();
        slots = [.. Enumerable.Range(0, count).Select(index => sums[index].DetachFromDisposeScope())];
    }

    /// <summary>
    /// Keras's names of what is measured: <c>loss</c>, <c>accuracy</c>; with several outputs <c>loss</c>,
    /// <c>price_loss</c>, <c>price_mae</c>, <c>kind_loss</c>, ...
    /// </summary>
    internal static IEnumerable<string> Names(IReadOnlyList<Objective> objectives, string prefix = "") => objectives
        .SelectMany(objective => objective.OutputName is { } output
            ? objective.Metrics.Select(metric => metric.Name).Prepend("loss").Select(name => $"{output}_{name}")
            : objective.Metrics.Select(metric => metric.Name))
        .Prepend("loss").Select(name => prefix + name);

    internal void Reset()
    {
        // In-place operations return a new handle to the same memory.
        sums.zero_().Dispose();
        examples = 0;
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="losses">The mean losses.</param>
    /// <param name="outputs">What the network gave, by output.</param>
    /// <param name="targets">The labels, by output.</param>
    /// <param name="count">The number of examples.</param>
    internal void Add(BatchLosses losses, IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> targets, int count)
    {
        using IDisposable noGrad = no_grad();
        int slot = 0;
        slots[slot++].add_(losses.Total, alpha: count);
        for (int i = 0; i < objectives.Count; i++)
        {
            if (objectives[i].OutputName is not null)
            {
                slots[slot++].add_(losses.Outputs[i], alpha: count);
            }

            foreach (Metrics.Metric metric in objectives[i].Metrics)
            {
                slots[slot++].add_(metric.Sum(outputs[i], targets[i]));
            }
        }

        examples += count;
    }

    /// <summary>Writes the means under their names.</summary>
    internal void Read(IDictionary<string, double> metrics, string prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] totals = [.. sums.cpu().to(ScalarType.Float64).data<double>()];
        int i = 0;
        foreach (string name in Names(objectives, prefix))
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

/// <summary>The mean losses of a batch, each a tensor without dimensions.</summary>
/// <param name="Total">Their weighted sum, with what regularizers add: what training makes small.</param>
/// <param name="Outputs">That of each output.</param>
internal sealed record BatchLosses(Tensor Total, IReadOnlyList<Tensor> Outputs);
