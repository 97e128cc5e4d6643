using System.Buffers.Binary;
using DataType = Microsoft.ML.DeepLayers.Onnx.Proto.TensorProto.Types.DataType;

namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>ONNX's types of elements, by their numbers in files.</summary>
internal static class ElementTypes
{
    internal const int Float = (int)DataType.Float;
    internal const int UInt8 = (int)DataType.Uint8;
    internal const int Int32 = (int)DataType.Int32;
    internal const int Int64 = (int)DataType.Int64;
    internal const int Bool = (int)DataType.Bool;
    internal const int String = 8;

    internal static bool IsWhole(int type) => type is Int32 or Int64;

    /// <summary>The bytes of a stored element, or nothing for a type that no tensor of a network has.</summary>
    internal static int? StoredSize(int type) => (DataType)type switch
    {
        DataType.Float or DataType.Int32 => 4,
        DataType.Uint8 or DataType.Int8 or DataType.Bool => 1,
        DataType.Int64 or DataType.Double => 8,
        DataType.Float16 or DataType.Bfloat16 => 2,
        _ => null,
    };

    /// <summary>The bytes that an element takes in memory; of a text, those of the C++ object.</summary>
    internal static int MemorySize(int type) => StoredSize(type) ?? type switch
    {
        // uint16, int16, uint32, uint64, texts; complex numbers and later types.
        4 or 5 => 2,
        12 => 4,
        13 => 8,
        String => 40,
        _ => 16,
    };

    /// <summary>Reads numbers from raw bytes; <see langword="null"/> for types that no size is given in.</summary>
    internal static double[]? Numbers(int type, ReadOnlySpan<byte> raw, int count)
    {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            switch ((DataType)type)
            {
                case DataType.Int64:
                    numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(raw[(i * 8)..]);
                    break;
                case DataType.Int32:
                    numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(raw[(i * 4)..]);
                    break;
                case DataType.Float:
                    numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(raw[(i * 4)..]);
                    break;
                case DataType.Double:
                    numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(raw[(i * 8)..]);
                    break;
                case DataType.Bool or DataType.Uint8:
                    numbers[i] = raw[i];
                    break;
                case DataType.Int8:
                    numbers[i] = (sbyte)raw[i];
                    break;
                default:
                    return null;
            }
        }

        return numbers;
    }
}
