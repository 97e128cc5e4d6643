using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using DataType = Microsoft.ML.DeepLayers.Onnx.Proto.TensorProto.Types.DataType;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Makes and reads constant tensors of a graph.</summary>
internal static class Tensors
{
    /// <summary>The largest number of float16.</summary>
    private const float MaxHalf = 65504;

    internal static bool IsFloat(TensorProto tensor) => tensor.DataType == (int)DataType.Float;

    internal static TensorProto Floats(string name, ReadOnlySpan<float> values, params long[] dimensions) =>
        Create(name, DataType.Float, MemoryMarshal.AsBytes(values), dimensions);

    internal static TensorProto Int64s(string name, params long[] values) =>
        Create(name, DataType.Int64, MemoryMarshal.AsBytes<long>(values), [values.Length]);

    internal static TensorProto Int32s(string name, ReadOnlySpan<int> values) =>
        Create(name, DataType.Int32, MemoryMarshal.AsBytes(values), [values.Length]);

    internal static TensorProto Int8s(string name, ReadOnlySpan<sbyte> values, params long[] dimensions) =>
        Create(name, DataType.Int8, MemoryMarshal.AsBytes(values), dimensions);

    internal static TensorProto UInt8s(string name, ReadOnlySpan<byte> values, params long[] dimensions) =>
        Create(name, DataType.Uint8, values, dimensions);

    /// <summary>The same tensor in float16. What is larger than float16's largest number becomes that, and what is too near 0 its smallest.</summary>
    internal static TensorProto ToHalf(TensorProto tensor, string name)
    {
        float[] values = OnnxWeights.Values(tensor);
        var halves = new Half[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            halves[i] = ToHalf(values[i]);
        }

        return Create(name, DataType.Float16, MemoryMarshal.AsBytes<Half>(halves), [.. tensor.Dims]);
    }

    internal static Half ToHalf(float value)
    {
        if (float.IsInfinity(value))
        {
            return (Half)value;
        }

        // Division by a small constant, say an epsilon, would become one by 0.
        var half = (Half)Math.Clamp(value, -MaxHalf, MaxHalf);
        return half == Half.Zero && value != 0 ? (value > 0 ? Half.Epsilon : -Half.Epsilon) : half;
    }

    private static TensorProto Create(string name, DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> dimensions)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dimensions.ToArray());
        return tensor;
    }
}
