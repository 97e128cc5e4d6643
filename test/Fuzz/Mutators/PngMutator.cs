using System.Buffers.Binary;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes chunks of a PNG and gives them the right checksums; other images are changed as bytes.</summary>
internal static class PngMutator
{
    private const int SignatureLength = 8;

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (file is not [0x89, (byte)'P', (byte)'N', (byte)'G', ..] || random.Next(4) == 0)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        List<byte[]> chunks = [];
        for (int position = SignatureLength; position + 12 <= file.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(position));
            if (length > file.Length - position - 12)
            {
                break;
            }

            chunks.Add(file[(position + 4)..(position + 8 + (int)length)]);
            position += 12 + (int)length;
        }

        if (chunks.Count == 0)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        int index = random.Next(chunks.Count);
        switch (random.Next(6))
        {
            case 0:
                chunks.RemoveAt(index);
                break;
            case 1:
                chunks.Insert(index, chunks[random.Next(chunks.Count)]);
                break;
            default:
                byte[] content = ByteMutator.Mutate(random, chunks[index][4..], chunks[index]);
                chunks[index] = [.. chunks[index].AsSpan(0, 4), .. content];
                break;
        }

        using var stream = new MemoryStream();
        stream.Write(file.AsSpan(0, SignatureLength));
        byte[] number = new byte[4];
        foreach (byte[] chunk in chunks)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, chunk.Length - 4);
            stream.Write(number);
            stream.Write(chunk);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(chunk));
            stream.Write(number);
        }

        return stream.ToArray();
    }

    /// <summary>The checksum of PNG's specification.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
