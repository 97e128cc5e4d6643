using System.Buffers.Binary;

namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>
/// Reads blocks of an HDF5 file by address. What a file can make it read in all is bounded: links may lead to the same
/// block again and again.
/// </summary>
internal sealed class Hdf5Stream
{
    /// <summary>Bytes of structure that are read for each byte of the file, at most.</summary>
    private const int Rereads = 16;

    private const long MostBytes = 1L << 30;

    /// <summary>What a read costs beside its bytes.</summary>
    private const int Cost = 16;

    private readonly Stream stream;
    private long budget;

    internal Hdf5Stream(Stream stream)
    {
        this.stream = stream;
        budget = Math.Min((Rereads * stream.Length) + (1 << 16), MostBytes);
    }

    internal Stream Content => stream;

    internal long Length => stream.Length;

    /// <summary>The number of bytes of an address.</summary>
    internal int AddressSize { get; init; } = 8;

    /// <summary>The number of bytes of a length.</summary>
    internal int LengthSize { get; init; } = 8;

    /// <summary>Reads a block.</summary>
    /// <exception cref="InvalidDataException">It lies beyond the end of the file, or too much has been read.</exception>
    internal Hdf5Block Read(long address, long length)
    {
        Check(address, length);
        if ((budget -= length + Cost) < 0)
        {
            throw new InvalidDataException("its parts refer to each other so often that they are larger than the file");
        }

        byte[] bytes = new byte[length];
        stream.Position = address;
        stream.ReadExactly(bytes);
        return new Hdf5Block(bytes, AddressSize, LengthSize);
    }

    /// <summary>Checks that bytes lie within the file.</summary>
    internal void Check(long address, long length)
    {
        if (address < 0 || length < 0 || length > Math.Min(Array.MaxLength, Length) || address > Length - length)
        {
            throw new InvalidDataException($"it refers to {length} bytes at {address} in a file of {Length}");
        }
    }
}

/// <summary>A block of a file, read from its beginning to its end.</summary>
internal ref struct Hdf5Block(ReadOnlySpan<byte> bytes, int addressSize, int lengthSize)
{
    /// <summary>An address that leads nowhere.</summary>
    internal const long Nowhere = -1;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    internal int Position { get; private set; }

    internal readonly int Rest => bytes.Length - Position;

    internal byte Byte() => Take(1)[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal void Skip(int count) => Take(count);

    /// <summary>An address, or <see cref="Nowhere"/>.</summary>
    internal long Address() => Number(addressSize) is var address && (addressSize < 8 && address == (1L << (8 * addressSize)) - 1) ? Nowhere : address;

    /// <summary>A number of bytes or items.</summary>
    internal long Length() => Number(lengthSize);

    /// <summary>A number of some bytes; -1 where it is larger than any file.</summary>
    internal long Number(int size)
    {
        ReadOnlySpan<byte> digits = Take(size);
        ulong value = 0;
        for (int i = size - 1; i >= 0; i--)
        {
            value = (value << 8) | digits[i];
        }

        return value > long.MaxValue ? Nowhere : (long)value;
    }

    /// <summary>The next bytes.</summary>
    internal ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Rest)
        {
            throw new InvalidDataException("one of its parts ends too early");
        }

        ReadOnlySpan<byte> taken = bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    /// <summary>The next bytes as a block.</summary>
    internal Hdf5Block Part(long count) => new(Take(count), addressSize, lengthSize);

    /// <summary>Checks four letters that parts of a file begin with.</summary>
    internal void Demand(ReadOnlySpan<byte> signature)
    {
        if (!Take(signature.Length).SequenceEqual(signature))
        {
            throw new InvalidDataException($"where its part {System.Text.Encoding.ASCII.GetString(signature)} should begin is something else");
        }
    }
}
