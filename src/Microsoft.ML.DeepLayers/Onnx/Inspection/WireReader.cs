using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// Reads a protobuf message field by field, strictly: fields that are given twice, other wire types and groups are damage. So
/// every other reader of the same bytes finds the same values (https://protobuf.dev/programming-guides/encoding/).
/// </summary>
internal ref struct WireReader
{
    internal const int Varint = 0;
    internal const int Fixed64 = 1;
    internal const int Bytes = 2;
    internal const int Fixed32 = 5;

    /// <summary>Numbers that are not packed are copied one by one.</summary>
    private const int MostNumbers = 10_000;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly string message;
    private int position;
    private ulong seen;

    /// <param name="bytes">The message.</param>
    /// <param name="message">Its type, for errors.</param>
    internal WireReader(ReadOnlySpan<byte> bytes, string message)
    {
        this.bytes = bytes;
        this.message = message;
    }

    /// <summary>The number of the current field.</summary>
    internal int Field;

    /// <summary>The wire type of the current field.</summary>
    internal int WireType;

    /// <summary>Whether all is read.</summary>
    internal readonly bool IsAtEnd => position >= bytes.Length;

    /// <summary>Goes to the next field.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    internal bool Next()
    {
        if (IsAtEnd)
        {
            return false;
        }

        ulong tag = ReadVarint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw Damaged("has a field without a number");
        }

        (Field, WireType) = ((int)(tag >> 3), (int)(tag & 7));
        return true;
    }

    /// <summary>Refuses a second value of the current field, which readers might take for the first one, or merge.</summary>
    internal void Once()
    {
        ulong bit = 1UL << Field;
        if ((seen & bit) != 0)
        {
            throw Damaged($"has field {Field} twice");
        }

        seen |= bit;
    }

    /// <summary>Passes over the current field.</summary>
    internal void Skip()
    {
        switch (WireType)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Take(8);
                break;
            case Bytes:
                Content();
                break;
            case Fixed32:
                Take(4);
                break;
            default:
                throw Damaged($"has the wire type {WireType} for field {Field}");
        }
    }

    internal long Integer()
    {
        Expect(Varint);
        return (long)ReadVarint();
    }

    internal long SingleInteger()
    {
        Once();
        return Integer();
    }

    internal ReadOnlySpan<byte> Content()
    {
        Expect(Bytes);
        ulong length = ReadVarint();
        if (length > (ulong)(bytes.Length - position))
        {
            throw Damaged($"ends within field {Field}");
        }

        position += (int)length;
        return bytes.Slice(position - (int)length, (int)length);
    }

    internal ReadOnlySpan<byte> SingleContent()
    {
        Once();
        return Content();
    }

    internal string Text() => Encoding.UTF8.GetString(Content());

    internal string SingleText()
    {
        Once();
        return Text();
    }

    internal float Float()
    {
        Expect(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>Reads one or, packed, several integers behind those that are there already.</summary>
    internal void Integers(ref long[] numbers)
    {
        ReadOnlySpan<byte> content = bytes[position..];
        if (WireType == Bytes)
        {
            content = Content();
        }
        else
        {
            int start = position;
            Integer();
            content = content[..(position - start)];
        }

        // Each number ends with a byte below 128.
        int count = 0;
        foreach (byte part in content)
        {
            count += part < 0x80 ? 1 : 0;
        }

        if (numbers.Length > 0 && numbers.Length + count > MostNumbers)
        {
            throw Damaged($"has more than {MostNumbers} numbers one by one in field {Field}");
        }

        long[] all = new long[numbers.Length + count];
        Array.Copy(numbers, all, numbers.Length);
        var packed = new WireReader(content, message) { Field = Field };
        for (int i = numbers.Length; !packed.IsAtEnd; i++)
        {
            all[i] = (long)packed.ReadVarint();
        }

        numbers = all;
    }

    /// <summary>The number of values of a field of numbers of fixed size, single or packed, which are passed over.</summary>
    /// <param name="size">The size of a number in bytes: 4 or 8.</param>
    internal int Count(int size)
    {
        if (WireType != Bytes)
        {
            Expect(size == 4 ? Fixed32 : Fixed64);
            Take(size);
            return 1;
        }

        int length = Content().Length;
        return length % size == 0 ? length / size : throw Damaged($"has a broken number in field {Field}");
    }

    /// <summary>The error for a field that is not known.</summary>
    /// <param name="names">The names of some fields, with their numbers.</param>
    internal readonly RefusedModelException Unknown(params ReadOnlySpan<(int Field, string Name)> names)
    {
        foreach ((int number, string name) in names)
        {
            if (number == Field)
            {
                return new RefusedModelException($"it has {name} (field {Field} of {message}), which a network of this library never has");
            }
        }

        return new RefusedModelException($"it has the unknown field {Field} of {message}, where anything may stand");
    }

    internal readonly InvalidDataException Damaged(string what) => new($"a {message} {what} (at byte {position} of {bytes.Length})");

    private readonly void Expect(int type)
    {
        if (WireType != type)
        {
            throw Damaged($"has the wire type {WireType} instead of {type} for field {Field}");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - position)
        {
            throw Damaged($"ends within field {Field}");
        }

        position += count;
        return bytes.Slice(position - count, count);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return shift < 63 || next <= 1 ? value : throw Damaged("has a number of more than 64 bits");
            }
        }

        throw Damaged("has a number of more than 64 bits");
    }
}
