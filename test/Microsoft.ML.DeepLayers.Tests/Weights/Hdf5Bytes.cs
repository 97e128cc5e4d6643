using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>Lays out small HDF5 files of version 2 by the specification, byte by byte, so that any part of them can lie.</summary>
internal sealed class Hdf5Bytes
{
    private readonly List<byte> bytes = [];

    internal Hdf5Bytes()
    {
        // Place for the superblock, whose root is known at the end.
        bytes.AddRange(new byte[48]);
    }

    /// <summary>A message of a header.</summary>
    internal readonly record struct Message(byte Kind, byte[] Content);

    /// <summary>The address of what comes next.</summary>
    internal long Here => bytes.Count;

    /// <summary>Writes any bytes, and returns their address.</summary>
    internal long Write(params byte[] content)
    {
        long address = Here;
        bytes.AddRange(content);
        return address;
    }

    /// <summary>Writes the header of an object, and returns its address.</summary>
    internal long Header(params Message[] messages)
    {
        byte[] content = [.. messages.SelectMany(message => (byte[])[message.Kind, .. Number((ulong)message.Content.Length, 2), 0, .. message.Content])];
        // Version 2, a length of four bytes, a checksum that is not looked at.
        return Write([.. "OHDR"u8, 2, 2, .. Number((ulong)content.Length, 4), .. content, 0, 0, 0, 0]);
    }

    /// <summary>Writes a group of links, and returns its address.</summary>
    internal long Group(params Message[] links) => Header([new Message(2, [0, 0, .. Number(ulong.MaxValue), .. Number(ulong.MaxValue)]), .. links]);

    /// <summary>The file.</summary>
    internal byte[] File(long root)
    {
        byte[] file = [.. bytes];
        byte[] superblock = [0x89, .. "HDF\r\n\u001a\n"u8, 2, 8, 8, 0, .. Number(0), .. Number(ulong.MaxValue), .. Number((ulong)file.Length), .. Number((ulong)root)];
        superblock.CopyTo(file, 0);
        return file;
    }

    /// <summary>A link to an object.</summary>
    internal static Message Link(string name, long address) => new(6, [1, 0, (byte)name.Length, .. Encoding.UTF8.GetBytes(name), .. Number((ulong)address)]);

    /// <summary>A link of another kind: 1 by name, 64 to another file.</summary>
    internal static Message Link(string name, byte kind, string target) =>
        new(6, [1, 8, kind, (byte)name.Length, .. Encoding.UTF8.GetBytes(name), .. Number((ulong)target.Length, 2), .. Encoding.UTF8.GetBytes(target)]);

    internal static Message Space(params ulong[] dimensions) => new(1, [2, (byte)dimensions.Length, 0, 1, .. dimensions.SelectMany(dimension => Number(dimension))]);

    /// <summary>Floats of 32 bits.</summary>
    internal static Message Float32() => new(3, [0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]);

    /// <summary>Numbers in one piece.</summary>
    internal static Message Contiguous(long address, ulong length) => new(8, [3, 1, .. Number((ulong)address), .. Number(length)]);

    internal static byte[] Number(ulong value, int size = 8)
    {
        byte[] digits = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(digits, value);
        return digits[..size];
    }
}
