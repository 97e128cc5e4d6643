using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Moves numbers between streams and arrays, in pieces.</summary>
internal static class TensorData
{
    /// <summary>The most dimensions that a tensor of a file may have.</summary>
    internal const int MostDimensions = 64;

    private const int PieceBytes = 1 << 20;

    /// <summary>Reads numbers from where a stream stands.</summary>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
    internal static float[] Read(Stream stream, NumberFormat format, int count)
    {
        float[] values = new float[count];
        int size = format.Size();
        byte[] piece = new byte[(int)Math.Min((long)count * size, PieceBytes)];
        for (int done = 0; done < count;)
        {
            int numbers = Math.Min(piece.Length / size, count - done);
            stream.ReadExactly(piece, 0, numbers * size);
            format.Decode(piece, values.AsSpan(done, numbers));
            done += numbers;
        }

        return values;
    }

    /// <summary>Writes floats, little-endian.</summary>
    internal static void Write(Stream stream, ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            // A span of bytes cannot be longer than an int, an array of floats can.
            for (int done = 0; done < values.Length; done += PieceBytes)
            {
                stream.Write(MemoryMarshal.AsBytes(values.Slice(done, Math.Min(PieceBytes, values.Length - done))));
            }

            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (float value in values)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            stream.Write(bytes);
        }
    }

    /// <summary>A shape of dimensions that a file claims, or nothing where no array could have it.</summary>
    internal static Shape? ShapeOf(IReadOnlyList<long> dimensions)
    {
        long size = 1;
        foreach (long dimension in dimensions)
        {
            if (dimension is < 1 or > int.MaxValue || (size *= dimension) > Array.MaxLength)
            {
                return null;
            }
        }

        return dimensions.Count <= MostDimensions ? new Shape([.. dimensions.Select(dimension => (int)dimension)]) : default(Shape?);
    }
}
