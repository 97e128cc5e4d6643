using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Makes a number of the value of a column by which rows are grouped, the same in every process and for equal values
/// alike, without allocating. Different values of the same number (1 in 2^64) would only make one group of two.
/// </summary>
internal abstract class GroupReader
{
    private static readonly Dictionary<Type, Func<DataViewRow, DataViewSchema.Column, GroupReader>> Makers = new()
    {
        [typeof(ReadOnlyMemory<char>)] = Maker<ReadOnlyMemory<char>>(text => Hash(MemoryMarshal.AsBytes(text.Span))),
        [typeof(bool)] = Maker<bool>(value => value ? 1UL : 0),
        [typeof(sbyte)] = Maker<sbyte>(value => (ulong)value),
        [typeof(byte)] = Maker<byte>(value => value),
        [typeof(short)] = Maker<short>(value => (ulong)value),
        [typeof(ushort)] = Maker<ushort>(value => value),
        [typeof(int)] = Maker<int>(value => (ulong)value),
        [typeof(uint)] = Maker<uint>(value => value),
        [typeof(long)] = Maker<long>(value => (ulong)value),
        [typeof(ulong)] = Maker<ulong>(value => value),
        [typeof(float)] = Maker<float>(value => Bits(value)),
        [typeof(double)] = Maker<double>(Bits),
        [typeof(DateTime)] = Maker<DateTime>(value => (ulong)value.Ticks),
        [typeof(DateTimeOffset)] = Maker<DateTimeOffset>(value => (ulong)value.UtcTicks),
        [typeof(TimeSpan)] = Maker<TimeSpan>(value => (ulong)value.Ticks),
        [typeof(DataViewRowId)] = Maker<DataViewRowId>(value => Mix(value.High) ^ value.Low),
    };

    /// <summary>The number of the current row's value.</summary>
    internal abstract ulong Read();

    /// <summary>Whether rows can be grouped by values of this type, or vectors of it.</summary>
    internal static bool CanRead(DataViewType itemType) => Makers.ContainsKey(itemType.RawType);

    /// <summary>Makes the reader of a column of a row or cursor.</summary>
    internal static GroupReader Create(DataViewRow row, DataViewSchema.Column column) =>
        Makers[(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type).RawType](row, column);

    /// <summary>Spreads a number over all 64 bits (SplitMix64, Steele et al. 2014).</summary>
    internal static ulong Mix(ulong hash)
    {
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EB);
        return hash ^ (hash >> 31);
    }

    /// <summary>Numbers that compare equal, and all that are missing, are alike.</summary>
    private static ulong Bits(double value) =>
        double.IsNaN(value) ? ulong.MaxValue : value == 0 ? 0 : BitConverter.DoubleToUInt64Bits(value);

    /// <summary>FNV-1a (Fowler, Noll and Vo 1991).</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte value in bytes)
        {
            hash = unchecked((hash ^ value) * 0x100000001B3);
        }

        return hash;
    }

    private static Func<DataViewRow, DataViewSchema.Column, GroupReader> Maker<T>(Func<T, ulong> number) =>
        (row, column) => column.Type is VectorDataViewType ? new Vector<T>(row, column, number) : new Scalar<T>(row, column, number);

    private sealed class Scalar<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> number) : GroupReader
    {
        private readonly ValueGetter<T> getter = row.GetGetter<T>(column);
        private T value = default!;

        internal override ulong Read()
        {
            getter(ref value);
            return Mix(number(value));
        }
    }

    private sealed class Vector<T>(DataViewRow row, DataViewSchema.Column column, Func<T, ulong> number) : GroupReader
    {
        private readonly ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        private readonly ulong absent = number(default!);
        private VBuffer<T> buffer;

        internal override ulong Read()
        {
            getter(ref buffer);
            ulong hash = Mix((ulong)buffer.Length);
            ReadOnlySpan<T> values = buffer.GetValues();
            ReadOnlySpan<int> indices = buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                // A sparse vector is the same as the dense one of the same values.
                ulong value = number(values[i]);
                if (value != absent)
                {
                    hash = Mix(unchecked(hash + Mix(value) + (ulong)(buffer.IsDense ? i : indices[i])));
                }
            }

            return hash;
        }
    }
}
