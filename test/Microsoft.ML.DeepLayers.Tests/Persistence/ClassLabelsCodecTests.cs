using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

[TestClass]
public sealed class ClassLabelsCodecTests
{
    [TestMethod]
    public void Values_of_every_type_come_back()
    {
        Check<sbyte>(NumberDataViewType.SByte, sbyte.MinValue, 0, sbyte.MaxValue);
        Check<byte>(NumberDataViewType.Byte, 0, byte.MaxValue);
        Check<short>(NumberDataViewType.Int16, short.MinValue, short.MaxValue);
        Check<ushort>(NumberDataViewType.UInt16, 0, ushort.MaxValue);
        Check(NumberDataViewType.Int32, int.MinValue, int.MaxValue);
        Check(NumberDataViewType.UInt32, 0u, uint.MaxValue);
        Check(NumberDataViewType.Int64, long.MinValue, long.MaxValue);
        Check(NumberDataViewType.UInt64, 0UL, ulong.MaxValue);
        Check(NumberDataViewType.Single, float.NaN, -0.0f, float.Epsilon, float.PositiveInfinity);
        Check(NumberDataViewType.Double, double.NaN, double.MaxValue, 0.1);
        Check(BooleanDataViewType.Instance, true, false);
        Check(DateTimeDataViewType.Instance, DateTime.MinValue, DateTime.MaxValue, new DateTime(2024, 3, 31, 2, 30, 0, DateTimeKind.Local));
        Check(DateTimeOffsetDataViewType.Instance, DateTimeOffset.MinValue, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-9.5)));
        Check(TimeSpanDataViewType.Instance, TimeSpan.MinValue, TimeSpan.Zero, TimeSpan.MaxValue);
        Check(RowIdDataViewType.Instance, new DataViewRowId(1, ulong.MaxValue), default);
        Check(new KeyDataViewType(typeof(uint), 9), 0u, 9u);
        Check(new KeyDataViewType(typeof(byte), 200), (byte)0, (byte)200);
    }

    [TestMethod]
    public void The_kind_of_a_time_comes_back()
    {
        foreach (DateTimeKind kind in Enum.GetValues<DateTimeKind>())
        {
            var labels = new ClassLabels(1, DateTimeDataViewType.Instance, new[] { new DateTime(2024, 7, 1, 12, 0, 0, kind) });
            Assert.AreEqual(kind, ((DateTime[])Reread(labels)!.Values!)[0].Kind);
        }
    }

    [TestMethod]
    public void Texts_come_back_to_the_last_unit()
    {
        string[] texts = ["", " ", "a\0b", "Straße", "日本", "\ud83d\ude00", "half \ud83d", new string('x', 10_000)];
        ClassLabels labels = Reread(new ClassLabels(texts.Length, TextDataViewType.Instance, texts.Select(text => text.AsMemory()).ToArray()))!;
        CollectionAssert.AreEqual(texts, ((ReadOnlyMemory<char>[])labels.Values!).Select(text => text.ToString()).ToArray());
        Assert.AreEqual(TextDataViewType.Instance, labels.ValueType);
    }

    [TestMethod]
    public void No_classes_and_classes_without_values_come_back()
    {
        Assert.IsNull(Reread(null));
        Assert.AreEqual(new ClassLabels(1000), Reread(new ClassLabels(1000)));
    }

    [TestMethod]
    public void More_classes_than_bytes_are_refused()
    {
        byte[] bytes = Write(new ClassLabels(2, NumberDataViewType.Int64, new long[] { 1, 2 }));
        BitConverter.TryWriteBytes(bytes, int.MaxValue);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => ClassLabelsCodec.Read(new BinaryReader(new MemoryStream(bytes)))).Message, "2147483647");
    }

    private static void Check<T>(PrimitiveDataViewType type, params T[] values)
    {
        ClassLabels labels = Reread(new ClassLabels(values.Length, type, values))!;
        Assert.AreEqual(values.Length, labels.Count);
        Assert.AreEqual(type, labels.ValueType);
        CollectionAssert.AreEqual(values, (T[])labels.Values!);
    }

    private static ClassLabels? Reread(ClassLabels? labels)
    {
        using var stream = new MemoryStream(Write(labels));
        ClassLabels? read = ClassLabelsCodec.Read(new BinaryReader(stream));
        Assert.AreEqual(stream.Length, stream.Position, "All is read.");
        return read;
    }

    private static byte[] Write(ClassLabels? labels)
    {
        using var stream = new MemoryStream();
        ClassLabelsCodec.Write(new BinaryWriter(stream), labels);
        return stream.ToArray();
    }
}
