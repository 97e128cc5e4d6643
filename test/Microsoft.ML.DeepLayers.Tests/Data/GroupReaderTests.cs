using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Equal values make one group, others make others, whatever their type.</summary>
[TestClass]
public sealed class GroupReaderTests
{
    [TestMethod]
    public void Values_of_all_types_that_columns_have_are_told_apart()
    {
        Distinct<ReadOnlyMemory<char>>(TextDataViewType.Instance, "".AsMemory(), "a".AsMemory(), "b".AsMemory(), "ab".AsMemory(), "ba".AsMemory(), "ß".AsMemory());
        Distinct(BooleanDataViewType.Instance, false, true);
        Distinct<sbyte>(NumberDataViewType.SByte, -1, 0, 1);
        Distinct<byte>(NumberDataViewType.Byte, 0, 255);
        Distinct<short>(NumberDataViewType.Int16, -1, 0, 1);
        Distinct<ushort>(NumberDataViewType.UInt16, 0, 1);
        Distinct(NumberDataViewType.Int32, int.MinValue, -1, 0, 1);
        Distinct<uint>(NumberDataViewType.UInt32, 0, 1);
        Distinct(NumberDataViewType.Int64, long.MinValue, -1, 0, 1);
        Distinct<ulong>(NumberDataViewType.UInt64, 0, ulong.MaxValue);
        Distinct(NumberDataViewType.Single, float.NaN, -1, 0, float.Epsilon, 0.1f);
        Distinct(NumberDataViewType.Double, double.NaN, -1, 0, double.Epsilon, 0.1);
        Distinct<uint>(new KeyDataViewType(typeof(uint), 4), 0, 1, 2, 4);
        Distinct(DateTimeDataViewType.Instance, default, new DateTime(2020, 1, 1), new DateTime(2020, 1, 2));
        Distinct(DateTimeOffsetDataViewType.Instance, default, new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Distinct(TimeSpanDataViewType.Instance, default, TimeSpan.FromTicks(1));
        Distinct(RowIdDataViewType.Instance, default, new DataViewRowId(1, 0), new DataViewRowId(0, 1));
        Distinct(
            new VectorDataViewType(NumberDataViewType.Single), Vector(), Vector(0), Vector(0, 0), Vector(1, 0), Vector(0, 1), Vector(1, 1), Vector(1, 2), Vector(2, 1));
    }

    [TestMethod]
    public void Equal_values_of_different_form_are_one_group()
    {
        Same(NumberDataViewType.Single, 0f, -0f);
        Same(NumberDataViewType.Double, double.NaN, BitConverter.Int64BitsToDouble(-1));
        Same(TextDataViewType.Instance, "abc".AsMemory(), "xabcx".AsMemory(1, 3));
        Same(new VectorDataViewType(NumberDataViewType.Single), Vector(0, 3, 0), new VBuffer<float>(3, 1, [3], [1]));
    }

    /// <summary>A model that is trained again elsewhere has the same split; numbers computed by hand of the published rules.</summary>
    [TestMethod]
    public void Numbers_do_not_change_with_the_process() =>
        CollectionAssert.AreEqual(new[] { 0UL, 0x5692161D100B05E5UL }, Read(NumberDataViewType.Int32, 0, 1));

    [TestMethod]
    public void Images_cannot_be_told_apart() => Assert.IsFalse(GroupReader.CanRead(new Microsoft.ML.Transforms.Image.ImageDataViewType()));

    private static VBuffer<float> Vector(params float[] values) => new(values.Length, values);

    private static void Distinct<T>(DataViewType type, params T[] values) => Assert.HasCount(values.Length, Read(type, values).Distinct().ToArray(), $"{type}");

    private static void Same<T>(DataViewType type, params T[] values) => Assert.HasCount(1, Read(type, values).Distinct().ToArray(), $"{type}");

    private static ulong[] Read<T>(DataViewType type, params T[] values)
    {
        Assert.IsTrue(GroupReader.CanRead(type is VectorDataViewType vector ? vector.ItemType : type), $"{type}");
        var view = new TestView(values.Length).With("Key", type, (long row, ref T value) => value = values[row]);
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Key"]]);
        var reader = GroupReader.Create(cursor, view.Schema["Key"]);
        var numbers = new List<ulong>();
        while (cursor.MoveNext())
        {
            numbers.Add(reader.Read());
        }

        return [.. numbers];
    }
}
