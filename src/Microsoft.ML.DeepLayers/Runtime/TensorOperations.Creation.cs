using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public static partial class TensorOperations
{
    /// <summary>Makes a tensor that has one number everywhere.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="number">The number.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="device">The device. Default: the processor.</param>
    public static Tensor Full(ReadOnlySpan<long> shape, Number number, ScalarType type, torch.Device? device = null)
    {
        using Scalar numberScalar = number.ToScalar();
        return full(shape, numberScalar, type, device);
    }

    /// <summary>Makes a tensor like another one that has one number everywhere.</summary>
    /// <param name="x">The tensor whose shape, type and device it gets.</param>
    /// <param name="number">The number.</param>
    public static Tensor FullLike(this Tensor x, Number number)
    {
        ArgumentNullException.ThrowIfNull(x);
        using Scalar numberScalar = number.ToScalar();
        return full_like(x, numberScalar);
    }

    /// <summary>Makes the numbers start, start + 1, ... below stop.</summary>
    /// <param name="start">The first number.</param>
    /// <param name="stop">The end, which is not included.</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="device">The device. Default: the processor.</param>
    public static Tensor Arange(long start, long stop, ScalarType type, torch.Device? device = null)
    {
        using Scalar startScalar = start.ToScalar();
        using Scalar stopScalar = stop.ToScalar();
        return arange(startScalar, stopScalar, One, type, device);
    }
}
