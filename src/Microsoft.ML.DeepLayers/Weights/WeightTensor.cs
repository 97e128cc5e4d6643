namespace Microsoft.ML.DeepLayers;

/// <summary>A named array of numbers: a weight of a network, or a tensor of a file. It never changes.</summary>
public sealed class WeightTensor
{
    /// <summary>Creates a tensor with a copy of the values.</summary>
    /// <param name="name">The name; a network's are <c>layer/weight</c>, e.g. <c>dense/kernel</c>.</param>
    /// <param name="shape">The shape, without a variable dimension.</param>
    /// <param name="values">The values in row-major order, as many as the shape holds.</param>
    /// <exception cref="ArgumentException">The name is empty, or the number of values is not that of the shape.</exception>
    public WeightTensor(string name, Shape shape, ReadOnlySpan<float> values)
        : this(name, shape, new ReadOnlyMemory<float>(values.ToArray()))
    {
    }

    private WeightTensor(string name, Shape shape, ReadOnlyMemory<float> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (shape.HasVariableLength || shape.Size != values.Length)
        {
            throw new ArgumentException($"The tensor '{name}' of shape {shape} cannot have {values.Length} values.", nameof(values));
        }

        (Name, Shape, Values) = (name, shape, values);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The shape.</summary>
    public Shape Shape { get; }

    /// <summary>The values in row-major order.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>The name and the shape, e.g. <c>dense/kernel [4, 10]</c>.</summary>
    public override string ToString() => $"{Name} {Shape}";

    /// <summary>The same numbers under another name, in a shape of as many.</summary>
    internal WeightTensor As(string name, Shape shape) => new(name, shape, Values);

    /// <summary>A tensor over an array that nobody changes any more.</summary>
    internal static WeightTensor Over(string name, Shape shape, float[] values) => new(name, shape, values.AsMemory());
}
