namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes fields of a protobuf message, at any depth, and gives the messages around them their lengths again.</summary>
internal static class ProtobufMutator
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private const int DeepestMessage = 12;

    /// <summary>A field: its tag, and either its bytes or the fields within.</summary>
    private sealed record Field(ulong Tag, byte[] Content, List<Field>? Inner)
    {
        internal int Wire => (int)(Tag & 7);
    }

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(5) == 0 || Parse(file, 0) is not { Count: > 0 } fields)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        for (int changes = random.Next(3) == 0 ? random.Next(2, 5) : 1; changes > 0 && fields.Count > 0; changes--)
        {
            Change(random, fields);
        }

        using var stream = new MemoryStream();
        Write(stream, fields);
        return stream.ToArray();
    }

    private static void Change(Random random, List<Field> fields)
    {
        int index = random.Next(fields.Count);
        Field field = fields[index];
        if (field.Inner is { Count: > 0 } inner && random.Next(8) > 0)
        {
            Change(random, inner);
            return;
        }

        switch (random.Next(7))
        {
            case 0:
                fields.RemoveAt(index);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count), fields[index]);
                break;
            case 2:
                fields[index] = field with { Tag = ((ulong)(uint)random.Next(1, 40) << 3) | (field.Tag & 7) };
                break;
            case 3:
                fields[index] = fields[random.Next(fields.Count)];
                break;
            default:
                fields[index] = field.Wire == Varint
                    ? field with { Content = ToVarint((ulong)ByteMutator.Number(random, (long)(ReadVarint(field.Content, 0)?.Value ?? 0))) }
                    : field.Wire == Delimited ? field with { Content = ByteMutator.Mutate(random, field.Content, field.Content), Inner = null }
                    : field with { Content = Fit(ByteMutator.Mutate(random, field.Content, field.Content), field.Content.Length) };
                break;
        }
    }

    private static byte[] Fit(byte[] bytes, int length)
    {
        Array.Resize(ref bytes, length);
        return bytes;
    }

    private static List<Field>? Parse(ReadOnlySpan<byte> bytes, int depth)
    {
        var fields = new List<Field>();
        int position = 0;
        while (position < bytes.Length)
        {
            if (ReadVarint(bytes, position) is not var (tag, start) || tag >> 3 == 0 || tag >> 3 > 1 << 20)
            {
                return null;
            }

            long length;
            switch ((int)(tag & 7))
            {
                case Varint when ReadVarint(bytes, start) is var (_, end):
                    length = end - start;
                    break;
                case Fixed64:
                    length = 8;
                    break;
                case Fixed32:
                    length = 4;
                    break;
                case Delimited when ReadVarint(bytes, start) is var (size, end) && size <= int.MaxValue:
                    (length, start) = ((long)size, end);
                    break;
                default:
                    return null;
            }

            if (length > bytes.Length - start)
            {
                return null;
            }

            ReadOnlySpan<byte> content = bytes.Slice(start, (int)length);
            fields.Add(new Field(tag, content.ToArray(), (tag & 7) == Delimited && depth < DeepestMessage && content.Length > 1 ? Parse(content, depth + 1) : null));
            position = start + (int)length;
        }

        return fields;
    }

    private static void Write(MemoryStream stream, List<Field> fields)
    {
        foreach (Field field in fields)
        {
            stream.Write(ToVarint(field.Tag));
            byte[] content = field.Content;
            if (field.Inner is { } inner)
            {
                using var within = new MemoryStream();
                Write(within, inner);
                content = within.ToArray();
            }

            if (field.Wire == Delimited)
            {
                stream.Write(ToVarint((ulong)content.Length));
            }

            stream.Write(content);
        }
    }

    private static (ulong Value, int End)? ReadVarint(ReadOnlySpan<byte> bytes, int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && position < bytes.Length; shift += 7)
        {
            byte next = bytes[position++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                return (value, position);
            }
        }

        return null;
    }

    private static byte[] ToVarint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
