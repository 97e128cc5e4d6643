using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Sums loss and metrics over an epoch on the device; only the end of the epoch waits for them.</summary>
internal sealed class EpochMeter : IDisposable
{
    private readonly IReadOnlyList<Objective> objectives;
    private readonly int[] stateSizes;
    private readonly Tensor sums;
    private readonly Tensor[] slots;
    private long examples;

    /// <param name="objectives">What each output of the network is compared with.</param>
    /// <param name="outputValues">How many values each output gives for an example.</param>
    /// <param name="device">Where.</param>
    internal EpochMeter(IReadOnlyList<Objective> objectives, IReadOnlyList<int> outputValues, torch.Device device)
    {
        this.objectives = objectives;
        stateSizes = [1, .. objectives.SelectMany((objective, i) => objective.Metrics
            .Select(metric => metric.StateSize(outputValues[i])).Prepend(objective.OutputName is null ? 0 : 1).Where(size => size > 0))];
        // Double, so that millions of small terms do not lose digits; MPS has no double.
        ScalarType numberType = device.type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;
        sums = zeros(stateSizes.Sum(), numberType, device).DetachFromDisposeScope();
        int offset = 0;
        slots = [.. stateSizes.Select(size => sums.narrow(0, (offset += size) - size, size).DetachFromDisposeScope())];
    }

    /// <summary>
    /// Keras's names of what is measured: <c>loss</c>, <c>accuracy</c>; with several outputs <c>loss</c>,
    /// <c>price_loss</c>, <c>price_mae</c>, <c>kind_loss</c>, ...
    /// </summary>
    internal static IEnumerable<string> Names(IReadOnlyList<Objective> objectives, string prefix = "") =>
        Measured(objectives).Select(measured => prefix + measured.Name);

    /// <summary>What is measured, in order; losses have no metric.</summary>
    internal static IEnumerable<(string Name, Metric? Metric)> Measured(IReadOnlyList<Objective> objectives) => objectives
        .SelectMany(objective => objective.OutputName is { } output
            ? objective.Metrics.Select(metric => ($"{output}_{metric.Name}", (Metric?)metric)).Prepend(($"{output}_loss", null))
            : objective.Metrics.Select(metric => (metric.Name, (Metric?)metric)))
        .Prepend(("loss", null));

    internal void Reset()
    {
        // In-place operations return a new handle to the same memory.
        sums.zero_().Dispose();
        examples = 0;
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="losses">The mean losses.</param>
    /// <param name="outputs">What the network gave and the labels, by output.</param>
    /// <param name="count">The number of examples.</param>
    internal void Add(BatchLosses losses, IReadOnlyList<ComparedOutput> outputs, int count)
    {
        using IDisposable noGrad = no_grad();
        int slot = 0;
        slots[slot++].AddScaledInPlace(losses.Total, count);
        for (int i = 0; i < objectives.Count; i++)
        {
            if (objectives[i].OutputName is not null)
            {
                slots[slot++].AddScaledInPlace(losses.Outputs[i], count);
            }

            foreach (Metric metric in objectives[i].Metrics)
            {
                slots[slot++].AddInPlace(outputs[i].Update(metric));
            }
        }

        examples += count;
    }

    /// <summary>Writes the results under their names.</summary>
    internal void Read(IDictionary<string, double> results, string prefix)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] totals = [.. sums.cpu().to(ScalarType.Float64).data<double>()];
        int offset = 0;
        foreach (((string name, Metric? metric), int size) in Measured(objectives).Zip(stateSizes))
        {
            ReadOnlySpan<double> state = totals.AsSpan(offset, size);
            results[prefix + name] = metric is null ? state[0] / Math.Max(1, examples) : metric.Result(state, examples);
            offset += size;
        }
    }

    /// <summary>The number of sums.</summary>
    internal int Size => stateSizes.Sum();

    /// <summary>What has been summed so far, for a checkpoint within an epoch.</summary>
    internal (double[] Sums, long Examples) State
    {
        get
        {
            using DisposeScope scope = NewDisposeScope();
            return ([.. sums.cpu().to(ScalarType.Float64).data<double>()], examples);
        }

        set
        {
            using DisposeScope scope = NewDisposeScope();
            sums.copy_(tensor(value.Sums));
            examples = value.Examples;
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
