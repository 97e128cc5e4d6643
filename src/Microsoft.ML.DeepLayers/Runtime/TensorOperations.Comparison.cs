using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public static partial class TensorOperations
{
    /// <summary>Whether x = number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Equal(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.eq(numberScalar);
    }

    /// <summary>Whether x ≠ number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor NotEqual(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.ne(numberScalar);
    }

    /// <summary>Whether x > number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Greater(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.gt(numberScalar);
    }

    /// <summary>Whether x ≥ number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor GreaterEqual(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.ge(numberScalar);
    }

    /// <summary>Whether x &lt; number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Less(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.lt(numberScalar);
    }

    /// <summary>Whether x ≤ number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor LessEqual(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.le(numberScalar);
    }

    /// <summary>The larger of x and number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Maximum(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.clamp_min(numberScalar);
    }

    /// <summary>x ← the larger of x and number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor MaximumInPlace(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.clamp_min_(numberScalar);
    }

    /// <summary>The smaller of x and number, element by element.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Minimum(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.clamp_max(numberScalar);
    }

    /// <summary>x ← the smaller of x and number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor MinimumInPlace(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.clamp_max_(numberScalar);
    }

    /// <summary>x, at least minimum and at most maximum.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The largest value.</param>
    public static Tensor Clip(this Tensor x, Number minimum, Number maximum)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar minimumScalar = minimum.ToScalar();
        using Scalar maximumScalar = maximum.ToScalar();
        return x.clamp(minimumScalar, maximumScalar);
    }

    /// <summary>x ← x, at least minimum and at most maximum.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The largest value.</param>
    public static Tensor ClipInPlace(this Tensor x, Number minimum, Number maximum)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar minimumScalar = minimum.ToScalar();
        using Scalar maximumScalar = maximum.ToScalar();
        return x.clamp_(minimumScalar, maximumScalar);
    }

    /// <summary>x, with number where the mask is true.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="mask">Booleans; its shape broadcasts to that of x.</param>
    /// <param name="number">The number.</param>
    public static Tensor MaskedFill(this Tensor x, Tensor mask, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(mask);
        using Scalar numberScalar = number.ToScalar();
        return x.masked_fill(mask, numberScalar);
    }

    /// <summary>x ← number, everywhere.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The number.</param>
    public static Tensor Fill(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.fill_(numberScalar);
    }
}
