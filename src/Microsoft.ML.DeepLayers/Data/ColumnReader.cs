using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Copies one column of the row that a cursor stands on into floats, without allocating.</summary>
internal abstract class ColumnReader
{
    private float[] sequence = [];

    /// <summary>Writes the current row's values; absent slots of sparse vectors become 0.</summary>
    /// <param name="destination">As long as the column's vector, or 1 for a scalar.</param>
    internal abstract void Read(Span<float> destination);

    /// <summary>Writes the current row's values, where they are vectors of bytes.</summary>
    /// <param name="destination">As long as the column's vector.</param>
    internal virtual void ReadBytes(Span<byte> destination) => throw new NotSupportedException("Only vectors of bytes are read as bytes.");

    /// <summary>The current row's values, however many, valid until the next row is read.</summary>
    internal ReadOnlySpan<float> ReadSequence()
    {
        int length = Fetch();
        if (length > sequence.Length)
        {
            sequence = new float[Math.Max(length, 2 * sequence.Length)];
        }

        Copy(sequence.AsSpan(0, length));
        return sequence.AsSpan(0, length);
    }

    /// <summary>Fetches the current row's vector; says how long it is.</summary>
    private protected virtual int Fetch() => 1;

    /// <summary>Writes the values of the vector fetched last.</summary>
    private protected virtual void Copy(Span<float> destination) => Read(destination);

    /// <summary>Whether values of this type can be numbers: numbers, booleans (0 and 1) and keys (1 to count; 0 is missing).</summary>
    internal static bool CanRead(DataViewType itemType) =>
        itemType is NumberDataViewType or BooleanDataViewType or KeyDataViewType;

    /// <summary>Makes the reader of a column of a row or cursor.</summary>
    internal static ColumnReader Create(DataViewRow row, DataViewSchema.Column column)
    {
        DataViewType itemType = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        Type raw = itemType.RawType;
        return column.Type is VectorDataViewType ? CreateVector(raw, row, column) : CreateScalar(raw, row, column);
    }

    private static ColumnReader CreateScalar(Type raw, DataViewRow row, DataViewSchema.Column column) => Type.GetTypeCode(raw) switch
    {
        TypeCode.Single => new Scalar<float>(row, column),
        TypeCode.Double => new Scalar<double>(row, column),
        TypeCode.SByte => new Scalar<sbyte>(row, column),
        TypeCode.Byte => new Scalar<byte>(row, column),
        TypeCode.Int16 => new Scalar<short>(row, column),
        TypeCode.UInt16 => new Scalar<ushort>(row, column),
        TypeCode.Int32 => new Scalar<int>(row, column),
        TypeCode.UInt32 => new Scalar<uint>(row, column),
        TypeCode.Int64 => new Scalar<long>(row, column),
        TypeCode.UInt64 => new Scalar<ulong>(row, column),
        TypeCode.Boolean => new BooleanScalar(row, column),
        _ => throw new NotSupportedException($"Column '{column.Name}' of type {column.Type} cannot be read as numbers."),
    };

    private static ColumnReader CreateVector(Type raw, DataViewRow row, DataViewSchema.Column column) => Type.GetTypeCode(raw) switch
    {
        TypeCode.Single => new FloatVector(row, column),
        TypeCode.Double => new Vector<double>(row, column),
        TypeCode.SByte => new Vector<sbyte>(row, column),
        TypeCode.Byte => new ByteVector(row, column),
        TypeCode.Int16 => new Vector<short>(row, column),
        TypeCode.UInt16 => new Vector<ushort>(row, column),
        TypeCode.Int32 => new Vector<int>(row, column),
        TypeCode.UInt32 => new Vector<uint>(row, column),
        TypeCode.Int64 => new Vector<long>(row, column),
        TypeCode.UInt64 => new Vector<ulong>(row, column),
        TypeCode.Boolean => new BooleanVector(row, column),
        _ => throw new NotSupportedException($"Column '{column.Name}' of type {column.Type} cannot be read as numbers."),
    };

    private static void CheckLength(string column, int actual, int expected)
    {
        if (actual != expected)
        {
            throw WrongLength(column, actual, expected);
        }
    }

    // Apart, so that the check is small enough to become part of the readers' loops.
    private static InvalidOperationException WrongLength(string column, int actual, int expected) =>
        new($"Column '{column}' has a row with {actual} values where {expected} were promised.");

    private sealed class Scalar<T>(DataViewRow row, DataViewSchema.Column column) : ColumnReader
        where T : INumberBase<T>
    {
        private readonly ValueGetter<T> getter = row.GetGetter<T>(column);

        internal override void Read(Span<float> destination)
        {
            T value = default!;
            getter(ref value);
            destination[0] = float.CreateTruncating(value);
        }
    }

    private sealed class BooleanScalar(DataViewRow row, DataViewSchema.Column column) : ColumnReader
    {
        private readonly ValueGetter<bool> getter = row.GetGetter<bool>(column);

        internal override void Read(Span<float> destination)
        {
            bool value = false;
            getter(ref value);
            destination[0] = value ? 1 : 0;
        }
    }

    private sealed class FloatVector(DataViewRow row, DataViewSchema.Column column) : ColumnReader
    {
        private readonly ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
        private VBuffer<float> buffer;

        internal override void Read(Span<float> destination)
        {
            getter(ref buffer);
            CheckLength(column.Name, buffer.Length, destination.Length);
            Copy(destination);
        }

        private protected override int Fetch()
        {
            getter(ref buffer);
            return buffer.Length;
        }

        private protected override void Copy(Span<float> destination)
        {
            if (buffer.IsDense)
            {
                buffer.GetValues().CopyTo(destination);
            }
            else
            {
                buffer.CopyTo(destination);
            }
        }
    }

    private sealed class ByteVector(DataViewRow row, DataViewSchema.Column column) : ColumnReader
    {
        private readonly ValueGetter<VBuffer<byte>> getter = row.GetGetter<VBuffer<byte>>(column);
        private VBuffer<byte> buffer;

        internal override void Read(Span<float> destination)
        {
            CheckLength(column.Name, Fetch(), destination.Length);
            Copy(destination);
        }

        internal override void ReadBytes(Span<byte> destination)
        {
            CheckLength(column.Name, Fetch(), destination.Length);
            buffer.CopyTo(destination);
        }

        private protected override int Fetch()
        {
            getter(ref buffer);
            return buffer.Length;
        }

        private protected override void Copy(Span<float> destination)
        {
            ReadOnlySpan<byte> values = buffer.GetValues();
            if (buffer.IsDense)
            {
                ByteValues.Widen(values, destination);
                return;
            }

            destination.Clear();
            ReadOnlySpan<int> indices = buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                destination[indices[i]] = values[i];
            }
        }
    }

    private sealed class Vector<T>(DataViewRow row, DataViewSchema.Column column) : ColumnReader
        where T : INumberBase<T>
    {
        private readonly ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        private VBuffer<T> buffer;

        internal override void Read(Span<float> destination)
        {
            CheckLength(column.Name, Fetch(), destination.Length);
            Copy(destination);
        }

        private protected override int Fetch()
        {
            getter(ref buffer);
            return buffer.Length;
        }

        private protected override void Copy(Span<float> destination)
        {
            ReadOnlySpan<T> values = buffer.GetValues();
            if (buffer.IsDense)
            {
                for (int i = 0; i < values.Length; i++)
                {
                    destination[i] = float.CreateTruncating(values[i]);
                }

                return;
            }

            destination.Clear();
            ReadOnlySpan<int> indices = buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                destination[indices[i]] = float.CreateTruncating(values[i]);
            }
        }
    }

    private sealed class BooleanVector(DataViewRow row, DataViewSchema.Column column) : ColumnReader
    {
        private readonly ValueGetter<VBuffer<bool>> getter = row.GetGetter<VBuffer<bool>>(column);
        private VBuffer<bool> buffer;

        internal override void Read(Span<float> destination)
        {
            CheckLength(column.Name, Fetch(), destination.Length);
            Copy(destination);
        }

        private protected override int Fetch()
        {
            getter(ref buffer);
            return buffer.Length;
        }

        private protected override void Copy(Span<float> destination)
        {
            destination.Clear();
            ReadOnlySpan<bool> values = buffer.GetValues();
            ReadOnlySpan<int> indices = buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                destination[buffer.IsDense ? i : indices[i]] = values[i] ? 1 : 0;
            }
        }
    }
}
