using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public static partial class TensorOperations
{
    /// <summary>x for x ≥ 0, negativeSlope · x otherwise.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="negativeSlope">The factor below 0.</param>
    public static Tensor LeakyRelu(this Tensor x, Number negativeSlope)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar slopeScalar = negativeSlope.ToScalar();
        return x.leaky_relu(slopeScalar);
    }

    /// <summary>x for x ≥ 0, alpha · (exp(x) - 1) otherwise.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="alpha">The factor below 0.</param>
    public static Tensor Elu(this Tensor x, Number alpha)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar alphaScalar = alpha.ToScalar();
        return x.elu(alphaScalar, One, One);
    }

    /// <summary>max(x, 0) + min(alpha · (exp(x / alpha) - 1), 0).</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="alpha">The constant alpha.</param>
    public static Tensor Celu(this Tensor x, Number alpha)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar alphaScalar = alpha.ToScalar();
        return x.celu(alphaScalar);
    }

    /// <summary>x for x > threshold, value otherwise.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="threshold">The limit.</param>
    /// <param name="value">The value up to the limit.</param>
    public static Tensor Threshold(this Tensor x, Number threshold, Number value)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar thresholdScalar = threshold.ToScalar();
        using Scalar valueScalar = value.ToScalar();
        return x.threshold(thresholdScalar, valueScalar);
    }

    /// <summary>log(1 + exp(x)), computed without overflow.</summary>
    /// <param name="x">The tensor.</param>
    // TorchSharp's softplus takes its numbers as Scalars that no caller can keep alive.
    public static Tensor Softplus(this Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return nn.functional.logsigmoid(x.neg()).neg();
    }
}
