using System.Text;

namespace Microsoft.ML.DeepLayers.Weights.Files.Hdf5;

/// <summary>Reads texts that objects have for attributes.</summary>
internal static class Hdf5Attribute
{
    private const int LongestText = 4096;

    /// <summary>The text of an attribute; <see langword="null"/> where there is none, or where it is no text.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static string? Text(Hdf5Object source, string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        foreach (byte[] message in source.All(Hdf5Message.Attribute))
        {
            Hdf5Block attribute = source.Block(message);
            byte version = attribute.Byte();
            attribute.Skip(1);
            (int nameSize, int typeSize, int spaceSize) = (attribute.UInt16(), attribute.UInt16(), attribute.UInt16());
            if (version is not (>= 1 and <= 3))
            {
                throw new InvalidDataException($"an attribute is of the unknown version {version}");
            }

            // The character set of its name.
            attribute.Skip(version == 3 ? 1 : 0);
            int Padded(int size) => version == 1 ? (size + 7) & ~7 : size;
            if (!attribute.Take(Padded(nameSize))[..nameSize].TrimEnd((byte)0).SequenceEqual(wanted))
            {
                continue;
            }

            uint? size = Hdf5Type.TextSize(attribute.Part(Padded(typeSize)));
            attribute.Skip(Padded(spaceSize));
            return size switch
            {
                null => null,
                0 => FromHeap(source.File, attribute),
                _ => Decode(attribute.Take(size.Value)),
            };
        }

        return null;
    }

    /// <summary>A text of any length lies in a heap that the whole file shares, under a number.</summary>
    private static string FromHeap(Hdf5Stream file, Hdf5Block reference)
    {
        (long length, long address, uint number) = (reference.UInt32(), reference.Address(), reference.UInt32());
        int head = 8 + file.LengthSize;
        Hdf5Block heap = file.Read(address, head);
        heap.Demand("GCOL"u8);
        heap.Skip(4);
        heap = file.Read(address + head, heap.Length() - head);
        while (heap.Rest >= head)
        {
            int found = heap.UInt16();
            heap.Skip(6);
            long size = heap.Length();
            if (found == number)
            {
                return length <= size ? Decode(heap.Take(length)) : throw new InvalidDataException("a text is longer than its place");
            }

            if (found == 0)
            {
                break;
            }

            heap.Skip((int)Math.Clamp((size + 7) & ~7, 0, int.MaxValue));
        }

        throw new InvalidDataException("a text is missing in its heap");
    }

    private static string Decode(ReadOnlySpan<byte> text) => text.Length <= LongestText
        ? Encoding.UTF8.GetString(text.TrimEnd((byte)0))
        : throw new InvalidDataException($"a text is longer than {LongestText} bytes");
}
