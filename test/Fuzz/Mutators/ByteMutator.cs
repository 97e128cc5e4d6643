using System.Buffers.Binary;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes a file. The same random numbers make the same change.</summary>
/// <param name="random">The random numbers.</param>
/// <param name="file">The file, which stays as it is.</param>
/// <param name="other">Another file of the corpus, parts of which may be taken.</param>
internal delegate byte[] Mutator(Random random, byte[] file, byte[] other);

/// <summary>Changes bytes, numbers and blocks, whatever they mean.</summary>
internal static class ByteMutator
{
    /// <summary>Changed files are not made longer than this.</summary>
    internal const int LongestFile = 1 << 20;

    private const int MostChanges = 6;

    /// <summary>Numbers at the edges of types and of arithmetic.</summary>
    private static readonly long[] Edges =
    [
        0, 1, -1, 2, 7, 8, 16, 64, 127, 128, 255, 256, 1024, 4096, 32767, 32768, 65535, 65536, 1 << 20, 1 << 28, int.MaxValue, int.MinValue,
        uint.MaxValue, 1L << 32, 1L << 40, 1L << 62, long.MaxValue, long.MinValue, long.MaxValue - 7,
    ];

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        var bytes = new List<byte>(file);
        // Mostly one change: many at once are found out by the first check.
        int changes = random.Next(3) == 0 ? random.Next(2, MostChanges + 1) : 1;
        for (int i = 0; i < changes; i++)
        {
            Change(random, bytes, other);
        }

        return bytes.Count <= LongestFile ? [.. bytes] : [.. bytes.Take(LongestFile)];
    }

    /// <summary>A number that often breaks arithmetic, or any number.</summary>
    internal static long Number(Random random, long near) => random.Next(4) switch
    {
        0 => near + random.Next(-4, 5),
        1 => random.NextInt64(),
        2 => near ^ (1L << random.Next(64)),
        _ => Edges[random.Next(Edges.Length)],
    };

    private static void Change(Random random, List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(other.Take(random.Next(64)));
            return;
        }

        int place = random.Next(bytes.Count);
        // Blocks are mostly small: most files begin with what says what follows.
        int length = Math.Min(bytes.Count - place, 1 << random.Next(11));
        switch (random.Next(12))
        {
            case 0:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[place] = (byte)random.Next(256);
                break;
            case 2 or 3 or 4:
                WriteNumber(random, bytes, place);
                break;
            case 5:
                bytes.RemoveRange(place, length);
                break;
            case 6:
                bytes.InsertRange(place, bytes.GetRange(place, length));
                break;
            case 7:
                Overwrite(bytes, place, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 8:
                int from = random.Next(other.Length + 1);
                bytes.InsertRange(place, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            case 9:
                bytes.RemoveRange(place, bytes.Count - place);
                break;
            case 10:
                Overwrite(bytes, place, Enumerable.Repeat((byte)(random.Next(2) * 255), length));
                break;
            default:
                CopyAddress(random, bytes);
                break;
        }
    }

    private static void WriteNumber(Random random, List<byte> bytes, int place)
    {
        int size = 1 << random.Next(4);
        if (place + size > bytes.Count)
        {
            return;
        }

        Span<byte> number = stackalloc byte[8];
        number.Clear();
        for (int i = 0; i < size; i++)
        {
            number[i] = bytes[place + i];
        }

        BinaryPrimitives.WriteInt64LittleEndian(number, Number(random, BinaryPrimitives.ReadInt64LittleEndian(number)));
        bool bigEndian = random.Next(4) == 0;
        for (int i = 0; i < size; i++)
        {
            bytes[place + i] = number[bigEndian ? size - 1 - i : i];
        }
    }

    /// <summary>Lets one address in the file lead to where another one leads.</summary>
    private static void CopyAddress(Random random, List<byte> bytes)
    {
        List<int> places = [];
        byte[] copy = [.. bytes];
        for (int i = 0; i + 8 <= copy.Length; i += 4)
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(copy.AsSpan(i));
            if (value > 0 && value <= copy.Length)
            {
                places.Add(i);
            }
        }

        if (places.Count > 1)
        {
            Overwrite(bytes, places[random.Next(places.Count)], copy.AsSpan(places[random.Next(places.Count)], 8).ToArray());
        }
    }

    private static void Overwrite(List<byte> bytes, int place, IEnumerable<byte> content)
    {
        foreach (byte value in content)
        {
            if (place < bytes.Count)
            {
                bytes[place++] = value;
            }
        }
    }
}
