using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What the outputs of a layer, or the values of an input, were like in some batches.</summary>
/// <param name="activation">The activation that the layer ends in, if any.</param>
internal sealed class ActivityRecord(Activation? activation)
{
    // Nearer to an end than this, a tanh passes on a fiftieth of the gradient at most, and a sigmoid a hundredth.
    private const double NearEnd = 0.01;

    private double[] sums = [];
    private double[] squares = [];
    private double[] lows = [];
    private double[] highs = [];
    private long perUnit;
    private double saturated;

    /// <summary>Whether all numbers were finite.</summary>
    internal bool IsFinite { get; private set; } = true;

    /// <summary>The number of units: of the last axis.</summary>
    internal int Units => sums.Length;

    internal double Mean => sums.Sum() / Count;

    internal double StandardDeviation => Math.Sqrt(Math.Max(0, (squares.Sum() / Count) - (Mean * Mean)));

    /// <summary>The part of the units that gave nothing but 0.</summary>
    internal double? DeadFraction => activation is ReLUActivation { NegativeSlope: 0 } && Units > 0
        ? Enumerable.Range(0, Units).Count(unit => lows[unit] == 0 && highs[unit] == 0) / (double)Units
        : null;

    /// <summary>The part of the outputs near an end of the activation.</summary>
    internal double? SaturatedFraction => Ends(activation) is not null && Units > 0 ? saturated / Count : null;

    private double Count => Math.Max(1, perUnit * (double)Units);

    /// <summary>The ends of an activation that flattens towards both.</summary>
    internal static (double Low, double High)? Ends(Activation? activation) => activation switch
    {
        TanhActivation or HardTanhActivation or SoftsignActivation => (-1, 1),
        SigmoidActivation or HardSigmoidActivation => (0, 1),
        _ => null,
    };

    /// <summary>The least and the greatest value of a unit.</summary>
    internal (double Low, double High) Range(int unit) => (lows[unit], highs[unit]);

    /// <summary>The mean and the standard deviation of a unit.</summary>
    internal (double Mean, double Deviation) Moments(int unit)
    {
        double mean = sums[unit] / Math.Max(1, perUnit);
        return (mean, Math.Sqrt(Math.Max(0, (squares[unit] / Math.Max(1, perUnit)) - (mean * mean))));
    }

    /// <summary>Takes a batch in.</summary>
    internal void Add(Tensor batch)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor values = batch.detach().cpu().to(ScalarType.Float64);
        values = values.dim() < 2 ? values.reshape(-1, 1) : values.reshape(-1, values.shape[^1]);
        if (values.numel() == 0)
        {
            return;
        }

        IsFinite &= values.isfinite().all().item<bool>();
        Merge(ref sums, values.sum([0L]), (a, b) => a + b);
        Merge(ref squares, values.Square().sum([0L]), (a, b) => a + b);
        Merge(ref lows, values.amin([0]), Math.Min);
        Merge(ref highs, values.amax([0]), Math.Max);
        perUnit += values.shape[0];
        if (Ends(activation) is var (low, high))
        {
            double near = NearEnd * (high - low) / 2;
            saturated += values.less(low + near).logical_or(values.greater(high - near)).sum().item<long>();
        }
    }

    private static void Merge(ref double[] total, Tensor batch, Func<double, double, double> merge)
    {
        double[] values = batch.data<double>().ToArray();
        total = total.Length == 0 ? values : [.. total.Zip(values, merge)];
    }
}
