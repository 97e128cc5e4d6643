namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>An upper bound of the size of a value inside a graph, and its numbers where they are known before it runs.</summary>
internal sealed class TensorSize
{
    /// <summary>Larger products are not told apart: no memory holds them.</summary>
    private const long Most = 1L << 50;

    /// <summary>The channels of a block on processors with AVX-512; on others it has 8 or none.</summary>
    private const int MostBlocked = 16;

    internal TensorSize(int type, long[] dimensions, bool isExact = true)
    {
        (Type, Dimensions, IsExact, Count) = (type, dimensions, isExact, Product(dimensions));
    }

    /// <summary>A value of which only the number of elements is known.</summary>
    internal TensorSize(int type, long count)
    {
        (Type, Count) = (type, Math.Clamp(count, 0, Most));
    }

    /// <summary>ONNX's number of the type of its elements.</summary>
    internal readonly int Type;

    /// <summary>Its dimensions at most; <see langword="null"/> where only <see cref="Count"/> is known.</summary>
    internal readonly long[]? Dimensions;

    /// <summary>Whether it has exactly these dimensions.</summary>
    internal readonly bool IsExact;

    /// <summary>The number of its elements at most.</summary>
    internal readonly long Count;

    /// <summary>Its elements in row-major order, where they are known and few.</summary>
    internal double[]? Numbers;

    /// <summary>Whether it depends on constants alone, so that ONNX Runtime computes it when it loads the model and keeps it.</summary>
    internal bool IsConstant;

    /// <summary>Whether it is an input of the graph, whose memory is the caller's.</summary>
    internal bool IsInput;

    /// <summary>
    /// Whether ONNX Runtime may keep it in blocks of channels, as it does behind convolutions: one channel then takes as much
    /// as 16 (measured: 1.1 GB for an image of one channel and 61 MB).
    /// </summary>
    internal bool IsBlocked;

    internal long Bytes => Multiply(
        IsBlocked && Dimensions is [long images, long channels, .. long[] positions]
            ? Multiply(Multiply(images, (channels + MostBlocked - 1) / MostBlocked * MostBlocked), Product(positions))
            : Count,
        ElementTypes.MemorySize(Type));

    /// <summary>The same elements in another shape.</summary>
    internal TensorSize As(long[] dimensions) => new(Type, dimensions, IsExact) { Numbers = Numbers };

    /// <summary>The same shape with elements of another type that are not known.</summary>
    internal TensorSize OfType(int type, double[]? numbers = null) =>
        Dimensions is null ? new TensorSize(type, Count) : new TensorSize(type, Dimensions, IsExact) { Numbers = numbers };

    internal static long Multiply(long left, long right) =>
        left <= 0 || right <= 0 ? 0 : left > Most / right ? Most : left * right;

    internal static long Product(params ReadOnlySpan<long> dimensions)
    {
        long product = 1;
        foreach (long dimension in dimensions)
        {
            // Not earlier: a 0 behind large dimensions makes nothing of them.
            if (dimension == 0)
            {
                return 0;
            }
        }

        foreach (long dimension in dimensions)
        {
            product = Multiply(product, dimension);
        }

        return product;
    }

    public override string ToString() => Dimensions is null ? $"{Count} elements" : $"[{string.Join(", ", Dimensions)}]";
}
