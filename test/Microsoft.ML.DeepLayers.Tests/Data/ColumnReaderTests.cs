using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

[TestClass]
public sealed class ColumnReaderTests
{
    public static IEnumerable<object[]> Types =>
    [
        [new Case<float>(NumberDataViewType.Single, [1.5f, -2, 0, float.MaxValue, float.NaN], [1.5f, -2, 0, float.MaxValue, float.NaN])],
        [new Case<double>(NumberDataViewType.Double, [1.5, -2, 0, 0.1, double.NaN, 1e300], [1.5f, -2, 0, 0.1f, float.NaN, float.PositiveInfinity])],
        [new Case<sbyte>(NumberDataViewType.SByte, [1, -128, 127], [1, -128, 127])],
        [new Case<byte>(NumberDataViewType.Byte, [1, 0, 255], [1, 0, 255])],
        [new Case<short>(NumberDataViewType.Int16, [1, short.MinValue, short.MaxValue], [1, -32768, 32767])],
        [new Case<ushort>(NumberDataViewType.UInt16, [1, 0, ushort.MaxValue], [1, 0, 65535])],
        [new Case<int>(NumberDataViewType.Int32, [1, int.MinValue, 16777216], [1, -2147483648f, 16777216])],
        [new Case<uint>(NumberDataViewType.UInt32, [1, 0, uint.MaxValue], [1, 0, 4294967296f])],
        [new Case<long>(NumberDataViewType.Int64, [1, long.MinValue, 7], [1, -9223372036854775808f, 7])],
        [new Case<ulong>(NumberDataViewType.UInt64, [1, 0, ulong.MaxValue], [1, 0, 18446744073709551616f])],
        [new Case<bool>(BooleanDataViewType.Instance, [true, false, true], [1, 0, 1])],
        [new Case<byte>(new KeyDataViewType(typeof(byte), 200), [1, 0, 200], [1, 0, 200])],
        [new Case<ushort>(new KeyDataViewType(typeof(ushort), 5), [1, 0, 5], [1, 0, 5])],
        [new Case<uint>(new KeyDataViewType(typeof(uint), 5), [1, 0, 5], [1, 0, 5])],
        [new Case<ulong>(new KeyDataViewType(typeof(ulong), 5), [1, 0, 5], [1, 0, 5])],
    ];

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void Scalars_of_every_type(Case @case) => @case.AssertScalars();

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void Dense_vectors_of_every_type(Case @case) => @case.AssertDenseVectors();

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void Sparse_vectors_of_every_type(Case @case) => @case.AssertSparseVectors();

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void Every_type_is_named_as_readable(Case @case) => Assert.IsTrue(ColumnReader.CanRead(@case.ItemType));

    [TestMethod]
    public void Text_and_time_cannot_be_read()
    {
        foreach (DataViewType type in new DataViewType[] { TextDataViewType.Instance, DateTimeDataViewType.Instance, TimeSpanDataViewType.Instance, DateTimeOffsetDataViewType.Instance })
        {
            Assert.IsFalse(ColumnReader.CanRead(type), type.ToString());
            TestView view = new TestView(1).With("Column", type, (long _, ref int _) => { });
            NotSupportedException error = Assert.ThrowsExactly<NotSupportedException>(() => Open(view));
            Assert.AreEqual($"Column 'Column' of type {type} cannot be read as numbers.", error.Message);
        }
    }

    [TestMethod]
    public void A_vector_with_dimensions_is_read_in_row_major_order()
    {
        TestView view = new TestView(1).With(
            "Column",
            new VectorDataViewType(NumberDataViewType.Int32, 2, 3),
            (long _, ref VBuffer<int> value) => value = new VBuffer<int>(6, [1, 2, 3, 4, 5, 6]));
        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6 }, Read(view, 6)[0]);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_row_of_another_length_than_promised_is_refused(bool isFloat)
    {
        TestView view = new(1);
        if (isFloat)
        {
            view.With("Column", new VectorDataViewType(NumberDataViewType.Single, 3), (long _, ref VBuffer<float> value) => value = new VBuffer<float>(2, [1f, 2]));
        }
        else
        {
            view.With("Column", new VectorDataViewType(BooleanDataViewType.Instance, 3), (long _, ref VBuffer<bool> value) => value = new VBuffer<bool>(2, [true, false]));
        }

        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => Read(view, 3));
        Assert.AreEqual("Column 'Column' has a row with 2 values where 3 were promised.", error.Message);
    }

    /// <summary>Whatever the mixture of dense and sparse rows, nothing of one row is left in the next.</summary>
    [TestMethod]
    public void Rows_do_not_leak_into_each_other() => Property.Holds(
        Gen.Select(Gen.Int[0, 3].Array[5], Gen.Bool).Array[1, 6],
        rows =>
        {
            TestView floats = new TestView(rows.Length).With(
                "Column",
                new VectorDataViewType(NumberDataViewType.Single, 5),
                (long row, ref VBuffer<float> value) => Fill(rows[row].Item1, rows[row].Item2, slot => (float)slot, ref value));
            TestView flags = new TestView(rows.Length).With(
                "Column",
                new VectorDataViewType(BooleanDataViewType.Instance, 5),
                (long row, ref VBuffer<bool> value) => Fill(rows[row].Item1, rows[row].Item2, slot => slot > 0, ref value));
            TestView integers = new TestView(rows.Length).With(
                "Column",
                new VectorDataViewType(NumberDataViewType.Int64, 5),
                (long row, ref VBuffer<long> value) => Fill(rows[row].Item1, rows[row].Item2, slot => (long)slot, ref value));

            float[][] readFloats = Read(floats, 5), readFlags = Read(flags, 5), readIntegers = Read(integers, 5);
            for (int i = 0; i < rows.Length; i++)
            {
                CollectionAssert.AreEqual(rows[i].Item1.Select(value => (float)value).ToArray(), readFloats[i]);
                CollectionAssert.AreEqual(rows[i].Item1.Select(value => (float)value).ToArray(), readIntegers[i]);
                CollectionAssert.AreEqual(rows[i].Item1.Select(value => value > 0 ? 1f : 0).ToArray(), readFlags[i]);
            }
        });

    /// <summary>Writes a vector dense, or sparse without its zeros, into a buffer that is used again.</summary>
    private static void Fill<T>(int[] source, bool dense, Func<int, T> convert, ref VBuffer<T> value)
    {
        int[] slots = [.. Enumerable.Range(0, source.Length).Where(slot => dense || source[slot] != 0)];
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, source.Length, slots.Length);
        for (int i = 0; i < slots.Length; i++)
        {
            editor.Values[i] = convert(source[slots[i]]);
            if (slots.Length < source.Length)
            {
                editor.Indices[i] = slots[i];
            }
        }

        value = editor.Commit();
    }

    private static ColumnReader Open(TestView view) => ColumnReader.Create(view.GetRowCursor(view.Schema), view.Schema[0]);

    private static float[][] Read(TestView view, int size)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ColumnReader reader = ColumnReader.Create(cursor, view.Schema[0]);
        float[] destination = new float[size];
        Array.Fill(destination, 99);
        var rows = new List<float[]>();
        while (cursor.MoveNext())
        {
            reader.Read(destination);
            rows.Add([.. destination]);
        }

        return [.. rows];
    }

    /// <summary>A type with values and the floats that they become.</summary>
    public abstract record Case(PrimitiveDataViewType ItemType)
    {
        internal abstract void AssertScalars();

        internal abstract void AssertDenseVectors();

        internal abstract void AssertSparseVectors();
    }

    private sealed record Case<T>(PrimitiveDataViewType ItemType, T[] Values, float[] Floats) : Case(ItemType)
    {
        public override string ToString() => $"{ItemType}";

        internal override void AssertScalars()
        {
            TestView view = new TestView(Values.Length).With("Column", ItemType, (long row, ref T value) => value = Values[row]);
            CollectionAssert.AreEqual(Floats, Read(view, 1).Select(row => row[0]).ToArray());
        }

        internal override void AssertDenseVectors()
        {
            TestView view = new TestView(2).With(
                "Column", new VectorDataViewType(ItemType, Values.Length), (long _, ref VBuffer<T> value) => value = new VBuffer<T>(Values.Length, Values));
            CollectionAssert.AreEqual(Floats, Read(view, Values.Length)[1]);
        }

        internal override void AssertSparseVectors()
        {
            // Every other slot of a vector of twice the length.
            int[] indices = [.. Enumerable.Range(0, Values.Length).Select(i => (2 * i) + 1)];
            TestView view = new TestView(2).With(
                "Column",
                new VectorDataViewType(ItemType, 2 * Values.Length),
                (long _, ref VBuffer<T> value) => value = new VBuffer<T>(2 * Values.Length, Values.Length, Values, indices));
            CollectionAssert.AreEqual(Floats.SelectMany(value => new[] { 0, value }).ToArray(), Read(view, 2 * Values.Length)[1]);
        }
    }
}
