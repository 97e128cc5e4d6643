using TorchSharp;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A number that a tensor operation takes: an integer, which leaves tensors of integers what they are, or a real number.
/// <para>Numbers convert to it implicitly: <c>x.Multiply(0.5f)</c>. <see cref="TensorOperations"/> says what it is for.</para>
/// </summary>
public readonly record struct Number
{
    private readonly double real;
    private readonly long integer;
    private readonly bool isInteger;

    private Number(double real) => this.real = real;

    private Number(long integer) => (this.integer, isInteger) = (integer, true);

    /// <summary>Makes an integer number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Number(int value) => new((long)value);

    /// <summary>Makes an integer number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Number(long value) => new(value);

    /// <summary>Makes a real number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Number(float value) => new((double)value);

    /// <summary>Makes a real number.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Number(double value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => isInteger ? $"{integer}" : $"{real}";

    /// <summary>Makes TorchSharp's form of it. The caller disposes it after the native call, and so keeps it alive until then.</summary>
    internal Scalar ToScalar() => isInteger ? integer.ToScalar() : real.ToScalar();
}
