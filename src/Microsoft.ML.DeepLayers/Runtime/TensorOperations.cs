using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Operations on tensors with numbers, and sums of tensors, that are safe under garbage collection. Names are those of
/// <c>keras.ops</c>; shapes broadcast as everywhere in libtorch.
/// <para>
/// TorchSharp 0.107 turns each number into a <see cref="Scalar"/>, hands its memory to libtorch and does not keep it alive:
/// a garbage collection during the call frees what libtorch reads. <c>x * 0.5f</c>, <c>x.add(y)</c>, <c>x + y</c>,
/// <c>x.square()</c> and others are concerned. Layers, losses and metrics write <c>x.Multiply(0.5f)</c>, <c>x.Add(y)</c> and
/// <c>x.Square()</c> instead.
/// </para>
/// <para>Source: <see href="https://keras.io/api/ops/">keras.ops</see>.</para>
/// </summary>
public static partial class TensorOperations
{
    // Never disposed: 1 stands for the factor that sums have.
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>x + y.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The other tensor.</param>
    public static Tensor Add(this Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return x.add(y, One);
    }

    /// <summary>x ← x + y.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The other tensor.</param>
    public static Tensor AddInPlace(this Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return x.add_(y, One);
    }

    /// <summary>x + number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">An integer, which leaves a tensor of integers what it is.</param>
    public static Tensor Add(this Tensor x, long number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.add(numberScalar, One);
    }

    /// <summary>x + number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">A real number.</param>
    public static Tensor Add(this Tensor x, double number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.add(numberScalar, One);
    }

    /// <summary>x + factor · y.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The other tensor.</param>
    /// <param name="factor">By what it is multiplied.</param>
    public static Tensor AddScaled(this Tensor x, Tensor y, Number factor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        using Scalar factorScalar = factor.ToScalar();
        return x.add(y, factorScalar);
    }

    /// <summary>x ← x + number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">An integer, which leaves a tensor of integers what it is.</param>
    public static Tensor AddInPlace(this Tensor x, long number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.add_(numberScalar, One);
    }

    /// <summary>x ← x + number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">A real number.</param>
    public static Tensor AddInPlace(this Tensor x, double number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.add_(numberScalar, One);
    }

    /// <summary>x ← x + factor · y.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The other tensor.</param>
    /// <param name="factor">By what it is multiplied.</param>
    public static Tensor AddScaledInPlace(this Tensor x, Tensor y, Number factor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        using Scalar factorScalar = factor.ToScalar();
        return x.add_(y, factorScalar);
    }

    /// <summary>x + factor · y · z.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The first factor.</param>
    /// <param name="z">The second factor.</param>
    /// <param name="factor">By what the product is multiplied.</param>
    public static Tensor AddProduct(this Tensor x, Tensor y, Tensor z, Number factor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(z);
        using Scalar factorScalar = factor.ToScalar();
        return x.addcmul(y, z, factorScalar);
    }

    /// <summary>x ← x + factor · y · z.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The first factor.</param>
    /// <param name="z">The second factor.</param>
    /// <param name="factor">By what the product is multiplied.</param>
    public static Tensor AddProductInPlace(this Tensor x, Tensor y, Tensor z, Number factor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(z);
        using Scalar factorScalar = factor.ToScalar();
        return x.addcmul_(y, z, factorScalar);
    }

    /// <summary>x ← x + factor · y / z.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="y">The dividend.</param>
    /// <param name="z">The divisor.</param>
    /// <param name="factor">By what the quotient is multiplied.</param>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor y, Tensor z, Number factor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(z);
        using Scalar factorScalar = factor.ToScalar();
        return x.addcdiv_(y, z, factorScalar);
    }

    /// <summary>x - number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">What is subtracted.</param>
    public static Tensor Subtract(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.sub(numberScalar);
    }

    /// <summary>x · number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The factor.</param>
    public static Tensor Multiply(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.mul(numberScalar);
    }

    /// <summary>x ← x · number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The factor.</param>
    public static Tensor MultiplyInPlace(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.mul_(numberScalar);
    }

    /// <summary>x / number; real also where x has integers.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The divisor.</param>
    public static Tensor Divide(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.div(numberScalar);
    }

    /// <summary>x ← x / number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The divisor.</param>
    public static Tensor DivideInPlace(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.div_(numberScalar);
    }

    /// <summary>The largest integer not above x / number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The divisor.</param>
    public static Tensor FloorDivide(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.div(numberScalar, RoundingMode.floor);
    }

    /// <summary>The remainder of x / number, with the sign of number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The divisor.</param>
    public static Tensor Mod(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.remainder(numberScalar);
    }

    /// <summary>x to the power of number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="number">The exponent.</param>
    public static Tensor Power(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return x.pow(numberScalar);
    }

    /// <summary>x².</summary>
    /// <param name="x">The tensor.</param>
    public static Tensor Square(this Tensor x) => x.Power(2);
}
