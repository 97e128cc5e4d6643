namespace Microsoft.ML.DeepLayers;

/// <summary>What the variance of a <see cref="VarianceScaling"/> initializer is divided by.</summary>
public enum FanMode
{
    /// <summary>The number of inputs of a unit.</summary>
    FanIn,

    /// <summary>The number of outputs of a unit.</summary>
    FanOut,

    /// <summary>The mean of both.</summary>
    FanAverage,
}

/// <summary>The distribution that a <see cref="VarianceScaling"/> initializer draws from.</summary>
public enum InitializerDistribution
{
    /// <summary>Uniform on ±sqrt(3 · scale / fan).</summary>
    Uniform,

    /// <summary>Normal with variance scale / fan, cut off at two standard deviations and rescaled to keep that variance.</summary>
    TruncatedNormal,

    /// <summary>Normal with variance scale / fan.</summary>
    UntruncatedNormal,
}

/// <summary>
/// Draws weights whose variance is scale / fan. Keras: <c>VarianceScaling</c>; the static members give
/// <c>GlorotUniform</c> and its family (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998).
/// </summary>
public sealed record VarianceScaling : Initializer
{
    /// <summary>The standard deviation that a unit normal has after it is cut off at ±2.</summary>
    private const double TruncatedDeviation = 0.87962566103423978;

    /// <summary>Creates the initializer.</summary>
    /// <param name="scale">The factor of the variance; above 0. Default: 1.</param>
    /// <param name="mode">What the variance is divided by. Default: <see cref="FanMode.FanIn"/>.</param>
    /// <param name="distribution">The distribution. Default: <see cref="InitializerDistribution.TruncatedNormal"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0.</exception>
    public VarianceScaling(float scale = 1, FanMode mode = FanMode.FanIn, InitializerDistribution distribution = InitializerDistribution.TruncatedNormal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        (Scale, Mode, Distribution) = (scale, mode, distribution);
    }

    /// <summary>Uniform on ±sqrt(6 / (fanIn + fanOut)): Keras's default for kernels.</summary>
    public static VarianceScaling GlorotUniform { get; } = new(1, FanMode.FanAverage, InitializerDistribution.Uniform);

    /// <summary>Truncated normal with variance 2 / (fanIn + fanOut).</summary>
    public static VarianceScaling GlorotNormal { get; } = new(1, FanMode.FanAverage);

    /// <summary>Uniform on ±sqrt(6 / fanIn): for ReLU networks.</summary>
    public static VarianceScaling HeUniform { get; } = new(2, FanMode.FanIn, InitializerDistribution.Uniform);

    /// <summary>Truncated normal with variance 2 / fanIn: for ReLU networks.</summary>
    public static VarianceScaling HeNormal { get; } = new(2, FanMode.FanIn);

    /// <summary>Uniform on ±sqrt(3 / fanIn).</summary>
    public static VarianceScaling LecunUniform { get; } = new(1, FanMode.FanIn, InitializerDistribution.Uniform);

    /// <summary>Truncated normal with variance 1 / fanIn.</summary>
    public static VarianceScaling LecunNormal { get; } = new(1, FanMode.FanIn);

    /// <summary>The factor of the variance.</summary>
    public float Scale { get; }

    /// <summary>What the variance is divided by.</summary>
    public FanMode Mode { get; }

    /// <summary>The distribution.</summary>
    public InitializerDistribution Distribution { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        double fan = Mode switch
        {
            FanMode.FanIn => fanIn,
            FanMode.FanOut => fanOut,
            _ => (fanIn + fanOut) / 2.0,
        };
        double variance = Scale / Math.Max(1.0, fan);
        (double factor, Func<Random, double> next) = Distribution switch
        {
            InitializerDistribution.Uniform => (Math.Sqrt(3 * variance), (Func<Random, double>)(source => (2 * source.NextDouble()) - 1)),
            InitializerDistribution.TruncatedNormal => (Math.Sqrt(variance) / TruncatedDeviation, RandomNormal.NextTruncated),
            _ => (Math.Sqrt(variance), RandomNormal.Next),
        };
        foreach (ref float value in values)
        {
            value = (float)(factor * next(random));
        }
    }
}
