using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// The values of one column of the rows that a batched cursor has read ahead. The memory is kept from batch to batch.
/// </summary>
internal abstract class LookAheadColumn
{
    /// <summary>The <see cref="ValueGetter{TValue}"/> of the current row's value.</summary>
    internal abstract Delegate Getter { get; }

    /// <summary>
    /// Whether values may be kept after the cursor has moved on: ML.NET's primitive types and vectors of them. Others,
    /// images for one, are objects with an owner, who may dispose them when the next one is asked for.
    /// </summary>
    internal static bool CanKeep(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    /// <param name="cursor">The cursor that is read ahead.</param>
    /// <param name="column">One of its active columns.</param>
    /// <param name="rows">Which row is the current one.</param>
    internal static LookAheadColumn Create(DataViewRowCursor cursor, DataViewSchema.Column column, ICurrentRow rows)
    {
        Type kind = column.Type is VectorDataViewType vector
            ? typeof(Vector<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(Scalar<>).MakeGenericType(column.Type.RawType);
        return (LookAheadColumn)Activator.CreateInstance(kind, cursor, column, rows)!;
    }

    /// <summary>Makes room for that number of rows.</summary>
    internal abstract void Grow(int capacity);

    /// <summary>Keeps the value of the row that the input stands on, and says how many bytes that took.</summary>
    internal abstract long Keep(int row);

    private sealed class Scalar<T> : LookAheadColumn
    {
        private readonly ValueGetter<T> read;
        private T[] values = [];

        public Scalar(DataViewRowCursor cursor, DataViewSchema.Column column, ICurrentRow rows)
        {
            read = cursor.GetGetter<T>(column);
            Getter = (ValueGetter<T>)((ref T value) => value = values[rows.Index]);
        }

        internal override Delegate Getter { get; }

        internal override void Grow(int capacity) => Array.Resize(ref values, capacity);

        internal override long Keep(int row)
        {
            read(ref values[row]);
            return values[row] is ReadOnlyMemory<char> text ? text.Length * sizeof(char) : Unsafe.SizeOf<T>();
        }
    }

    private sealed class Vector<T> : LookAheadColumn
    {
        private readonly ValueGetter<VBuffer<T>> read;
        private VBuffer<T>[] values = [];

        public Vector(DataViewRowCursor cursor, DataViewSchema.Column column, ICurrentRow rows)
        {
            read = cursor.GetGetter<VBuffer<T>>(column);
            // Copied: the receiver may write into what it gets, and may hand it back to be filled anew.
            Getter = (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => values[rows.Index].CopyTo(ref value));
        }

        internal override Delegate Getter { get; }

        internal override void Grow(int capacity) => Array.Resize(ref values, capacity);

        internal override long Keep(int row)
        {
            read(ref values[row]);
            return values[row].GetValues().Length * (long)Unsafe.SizeOf<T>();
        }
    }
}
