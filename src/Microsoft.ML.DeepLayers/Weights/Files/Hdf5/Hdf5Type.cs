namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>Reads the types of numbers and texts.</summary>
internal static class Hdf5Type
{
    private const int FixedPoint = 0;
    private const int FloatingPoint = 1;
    private const int Text = 3;
    private const int VariableLength = 9;

    /// <summary>The type of an array's numbers, if it is read, and its name for messages.</summary>
    internal static (NumberFormat? Format, string Name) Number(Hdf5Block type)
    {
        (int kind, uint bits, uint size) = Head(ref type);
        bool isLittle = (bits & 1) == 0;
        string name = $"{Name(kind)} with {size} bytes{(isLittle ? "" : ", the first one highest")}";
        NumberFormat? format = (kind, size) switch
        {
            (FloatingPoint, _) when isLittle => Float(ref type, size),
            (FixedPoint, 8) when isLittle => NumberFormat.Int64,
            (FixedPoint, 4) when isLittle => (bits & 8) != 0 ? NumberFormat.Int32 : NumberFormat.UInt32,
            (FixedPoint, 1) => (bits & 8) != 0 ? NumberFormat.Int8 : NumberFormat.UInt8,
            _ => null,
        };
        return (format, name);
    }

    /// <summary>The length of a text in its place; 0 where it lies in a heap, and nothing where the type is no text.</summary>
    internal static uint? TextSize(Hdf5Block type)
    {
        (int kind, uint bits, uint size) = Head(ref type);
        const int OfText = 1;
        return kind switch
        {
            Text => size,
            VariableLength when (bits & 15) == OfText => 0,
            _ => null,
        };
    }

    private static (int Kind, uint Bits, uint Size) Head(ref Hdf5Block type)
    {
        uint head = type.UInt32();
        return ((int)(head & 15), head >> 8, type.UInt32());
    }

    /// <summary>Those of IEEE 754, by the places of exponent and mantissa.</summary>
    private static NumberFormat? Float(ref Hdf5Block type, uint size)
    {
        (int offset, int precision) = (type.UInt16(), type.UInt16());
        (int exponent, int exponentSize, int mantissa, int mantissaSize) = (type.Byte(), type.Byte(), type.Byte(), type.Byte());
        return (offset, mantissa, size, precision, exponent, exponentSize, mantissaSize) switch
        {
            (0, 0, 2, 16, 10, 5, 10) => NumberFormat.Float16,
            (0, 0, 4, 32, 23, 8, 23) => NumberFormat.Float32,
            (0, 0, 8, 64, 52, 11, 52) => NumberFormat.Float64,
            _ => null,
        };
    }

    private static string Name(int kind) => kind switch
    {
        FixedPoint => "whole number",
        FloatingPoint => "float",
        Text or VariableLength => "text or list",
        6 => "compound",
        8 => "enumeration",
        _ => $"number {kind} of HDF5",
    };
}
