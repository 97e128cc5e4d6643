using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>The classes of a classifier in binary, with key values of any of ML.NET's primitive types.</summary>
internal static class ClassLabelsCodec
{
    private const int NoValues = 0;
    private const int KeyValues = 100;

    // A number, once given, is in models for ever.
    private static readonly ValueCodec[] Codecs =
    [
        new ValueCodec<ReadOnlyMemory<char>>(1, TextDataViewType.Instance, 4, BinaryText.WriteText, reader => reader.ReadText().AsMemory()),
        new ValueCodec<sbyte>(2, NumberDataViewType.SByte, 1, (writer, value) => writer.Write(value), reader => reader.ReadSByte()),
        new ValueCodec<byte>(3, NumberDataViewType.Byte, 1, (writer, value) => writer.Write(value), reader => reader.ReadByte()),
        new ValueCodec<short>(4, NumberDataViewType.Int16, 2, (writer, value) => writer.Write(value), reader => reader.ReadInt16()),
        new ValueCodec<ushort>(5, NumberDataViewType.UInt16, 2, (writer, value) => writer.Write(value), reader => reader.ReadUInt16()),
        new ValueCodec<int>(6, NumberDataViewType.Int32, 4, (writer, value) => writer.Write(value), reader => reader.ReadInt32()),
        new ValueCodec<uint>(7, NumberDataViewType.UInt32, 4, (writer, value) => writer.Write(value), reader => reader.ReadUInt32()),
        new ValueCodec<long>(8, NumberDataViewType.Int64, 8, (writer, value) => writer.Write(value), reader => reader.ReadInt64()),
        new ValueCodec<ulong>(9, NumberDataViewType.UInt64, 8, (writer, value) => writer.Write(value), reader => reader.ReadUInt64()),
        new ValueCodec<float>(10, NumberDataViewType.Single, 4, (writer, value) => writer.Write(value), reader => reader.ReadSingle()),
        new ValueCodec<double>(11, NumberDataViewType.Double, 8, (writer, value) => writer.Write(value), reader => reader.ReadDouble()),
        new ValueCodec<bool>(12, BooleanDataViewType.Instance, 1, (writer, value) => writer.Write(value), reader => reader.ReadBoolean()),
        new ValueCodec<DateTime>(13, DateTimeDataViewType.Instance, 9, WriteDateTime, ReadDateTime),
        new ValueCodec<DateTimeOffset>(14, DateTimeOffsetDataViewType.Instance, 16, WriteDateTimeOffset, ReadDateTimeOffset),
        new ValueCodec<TimeSpan>(15, TimeSpanDataViewType.Instance, 8, (writer, value) => writer.Write(value.Ticks), reader => new TimeSpan(reader.ReadInt64())),
        new ValueCodec<DataViewRowId>(16, RowIdDataViewType.Instance, 16, WriteRowId, reader => new DataViewRowId(reader.ReadUInt64(), reader.ReadUInt64())),
    ];

    // *** Binary format ***
    // int: number of classes; 0 where there are none, and nothing follows
    // int: type of the key values, a number of Codecs; 0 where there are none, and nothing follows;
    //      100 for keys: int: type of their numbers, ulong: number of keys
    // the values, as many as classes
    internal static void Write(BinaryWriter writer, ClassLabels? labels)
    {
        writer.Write(labels?.Count ?? 0);
        if (labels is null)
        {
            return;
        }

        if (labels.Values is null)
        {
            writer.Write(NoValues);
            return;
        }

        ValueCodec codec = Array.Find(Codecs, codec => codec.ItemType == labels.Values.GetType().GetElementType())
            ?? throw new NotSupportedException($"Class labels of type {labels.ValueType} cannot be saved.");
        if (labels.ValueType is KeyDataViewType key)
        {
            writer.Write(KeyValues);
            writer.Write(codec.Number);
            writer.Write(key.Count);
        }
        else
        {
            writer.Write(codec.Number);
        }

        codec.Write(writer, labels.Values);
    }

    internal static ClassLabels? Read(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        if (count == 0)
        {
            return null;
        }

        int number = reader.ReadInt32();
        if (count < 0)
        {
            throw new InvalidDataException($"it announces {count} classes");
        }

        if (number == NoValues)
        {
            return new ClassLabels(count);
        }

        if (number != KeyValues)
        {
            ValueCodec codec = Find(number);
            return new ClassLabels(count, codec.Type, codec.Read(reader, count));
        }

        ValueCodec keys = Find(reader.ReadInt32());
        ulong keyCount = reader.ReadUInt64();
        return new ClassLabels(count, new KeyDataViewType(keys.ItemType, keyCount), keys.Read(reader, count));
    }

    private static ValueCodec Find(int number) => Array.Find(Codecs, codec => codec.Number == number)
        ?? throw new InvalidDataException($"its class labels are of the unknown type {number}");

    // Not DateTime.ToBinary, which moves local times by the time zone of the reading machine.
    private static void WriteDateTime(BinaryWriter writer, DateTime value)
    {
        writer.Write(value.Ticks);
        writer.Write((byte)value.Kind);
    }

    private static DateTime ReadDateTime(BinaryReader reader) => new(reader.ReadInt64(), (DateTimeKind)reader.ReadByte());

    private static void WriteDateTimeOffset(BinaryWriter writer, DateTimeOffset value)
    {
        writer.Write(value.Ticks);
        writer.Write(value.Offset.Ticks);
    }

    private static DateTimeOffset ReadDateTimeOffset(BinaryReader reader) => new(reader.ReadInt64(), new TimeSpan(reader.ReadInt64()));

    private static void WriteRowId(BinaryWriter writer, DataViewRowId value)
    {
        writer.Write(value.Low);
        writer.Write(value.High);
    }

    private abstract record ValueCodec(int Number, PrimitiveDataViewType Type, Type ItemType)
    {
        internal abstract void Write(BinaryWriter writer, Array values);

        internal abstract Array Read(BinaryReader reader, int count);
    }

    private sealed record ValueCodec<T>(
        int Number, PrimitiveDataViewType Type, int MinimumBytes, Action<BinaryWriter, T> WriteValue, Func<BinaryReader, T> ReadValue)
        : ValueCodec(Number, Type, typeof(T))
    {
        internal override void Write(BinaryWriter writer, Array values)
        {
            foreach (T value in (T[])values)
            {
                WriteValue(writer, value);
            }
        }

        internal override Array Read(BinaryReader reader, int count)
        {
            long remaining = reader.BaseStream.Length - reader.BaseStream.Position;
            if (count > remaining / MinimumBytes)
            {
                throw new InvalidDataException($"it announces {count} class labels where {remaining} bytes remain");
            }

            var values = new T[count];
            for (int i = 0; i < count; i++)
            {
                values[i] = ReadValue(reader);
            }

            return values;
        }
    }
}
