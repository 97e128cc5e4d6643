using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adafactor (Shazeer and Stern 2018), as Keras computes it: of the mean squared gradients of a weight of two dimensions or
/// more only the means of its rows r and columns c are kept, which saves memory, and v = r · c / mean(r) stands for them.
/// <para>
/// With beta2 = 1 - t^beta2Decay and s = gradient / sqrt(v), where gradient² + epsilon1 goes into the means, each weight
/// tensor w changes by -max(epsilon2, rms(w)) · min(learningRate, 1 / sqrt(t)) · s / max(1, rms(s) / clipThreshold).
/// </para>
/// <para>
/// Keras's <c>relative_step</c>, which has no effect on Keras 3's steps, is left out: the bound 1 / sqrt(t) always holds.
/// A layer's <see cref="Layers.Layer.LearningRateFactor"/> multiplies what comes out of it.
/// </para>
/// </summary>
public sealed record Adafactor : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step as a part of the weights' size: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta2Decay">The exponent by which means reach further back from step to step; at most 0. Default: -0.8.</param>
    /// <param name="epsilon1">Keeps the division finite; above 0. Default: 1e-30.</param>
    /// <param name="epsilon2">The size that weights are taken to have at least, or those at 0 would stay there; above 0. Default: 0.001.</param>
    /// <param name="clipThreshold">The largest root mean square of s; above 0. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Adafactor(
        LearningRateSchedule? learningRate = null, float beta2Decay = -0.8f, float epsilon1 = 1e-30f, float epsilon2 = 1e-3f, float clipThreshold = 1)
        : base(learningRate ?? 1e-3f)
    {
        Beta2Decay = beta2Decay is <= 0 and > float.NegativeInfinity
            ? beta2Decay
            : throw new ArgumentOutOfRangeException(nameof(beta2Decay), beta2Decay, $"{nameof(beta2Decay)} must be at most 0.");
        (Epsilon1, Epsilon2, ClipThreshold) =
            (Positive(epsilon1, nameof(epsilon1)), Positive(epsilon2, nameof(epsilon2)), Positive(clipThreshold, nameof(clipThreshold)));
    }

    /// <summary>The exponent by which means reach further back from step to step.</summary>
    public float Beta2Decay { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon1 { get; }

    /// <summary>The size that weights are taken to have at least.</summary>
    public float Epsilon2 { get; }

    /// <summary>The largest root mean square of a step before the learning rate.</summary>
    public float ClipThreshold { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new AdafactorState(this, parameters);
}
