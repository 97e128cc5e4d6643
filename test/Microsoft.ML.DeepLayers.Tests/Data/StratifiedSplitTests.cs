using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Splits in which each class has its share.</summary>
[TestClass]
public sealed class StratifiedSplitTests
{
    [TestMethod]
    public void Each_class_has_its_share_by_the_largest_remainder()
    {
        var ml = new MLContext();
        IDataView data = Data(ml, ("a", 70), ("b", 17), ("c", 13));
        DataOperationsCatalog.TrainTestData split = ml.Data.StratifiedTrainTestSplit(data, testFraction: 0.3, seed: 1);
        // 21, 5.1 and 3.9 of 30.
        Assert.AreEqual((21, 5, 4), Counts(split.TestSet));
        Assert.AreEqual((49, 12, 9), Counts(split.TrainSet));
        Assert.AreEqual((70L, 30L), (split.TrainSet.GetRowCount(), split.TestSet.GetRowCount()));
        int[] test = [.. split.TestSet.GetColumn<int>("Number")], train = [.. split.TrainSet.GetColumn<int>("Number")];
        CollectionAssert.AreEqual(Enumerable.Range(0, 100).ToArray(), test.Concat(train).Order().ToArray());
        CollectionAssert.AreEqual(test.Order().ToArray(), test, "the order of the data stays");
    }

    [TestMethod]
    public void The_seed_decides_and_the_contexts_where_none_is_given()
    {
        int[] Test(MLContext ml, int? seed) => [.. ml.Data.StratifiedTrainTestSplit(Data(ml, ("a", 50), ("b", 50)), seed: seed).TestSet.GetColumn<int>("Number")];
        CollectionAssert.AreEqual(Test(new MLContext(), 5), Test(new MLContext(), 5));
        CollectionAssert.AreNotEqual(Test(new MLContext(), 5), Test(new MLContext(), 6));
        CollectionAssert.AreEqual(Test(new MLContext(seed: 3), null), Test(new MLContext(seed: 3), null));
    }

    [TestMethod]
    public void The_sets_stay_apart_when_they_are_shuffled_or_read_by_several_cursors()
    {
        var ml = new MLContext();
        var view = new TestView(800) { CanShuffle = true };
        view.WithNumber("Label", row => row < 500 ? 1 : 2).WithNumber("Number", row => row);
        DataOperationsCatalog.TrainTestData split = ml.Data.StratifiedTrainTestSplit(view, testFraction: 0.25, seed: 1);
        Assert.IsTrue(split.TestSet.CanShuffle);
        float[] inOrder = [.. split.TestSet.GetColumn<float>("Number")];
        float[] shuffled = [.. EstimatorConformance.ReadRows(split.TestSet, new Random(1)).Select(row => (float)row[1])];
        CollectionAssert.AreNotEqual(inOrder, shuffled);
        CollectionAssert.AreEquivalent(inOrder, shuffled);
        Assert.IsEmpty(shuffled.Intersect(EstimatorConformance.ReadRows(split.TrainSet, new Random(2)).Select(row => (float)row[1])));

        IDataView rows = Data(ml, ("a", 500), ("b", 300));
        split = ml.Data.StratifiedTrainTestSplit(rows, testFraction: 0.25, seed: 1);
        var several = new List<int>();
        foreach (DataViewRowCursor cursor in split.TestSet.GetRowCursorSet(split.TestSet.Schema, 3))
        {
            using (cursor)
            {
                ValueGetter<int> number = cursor.GetGetter<int>(cursor.Schema["Number"]);
                int value = 0;
                while (cursor.MoveNext())
                {
                    number(ref value);
                    several.Add(value);
                }
            }
        }

        CollectionAssert.AreEquivalent(split.TestSet.GetColumn<int>("Number").ToArray(), several);
    }

    [TestMethod]
    public void Only_the_label_is_read_and_only_once()
    {
        var ml = new MLContext();
        TestView view = new TestView(20)
            .WithNumber("Label", row => row % 2)
            .With("Image", TextDataViewType.Instance, (long _, ref ReadOnlyMemory<char> value) => throw new InvalidOperationException("Nobody wants it."));
        DataOperationsCatalog.TrainTestData split = ml.Data.StratifiedTrainTestSplit(view, testFraction: 0.5, seed: 1);
        Assert.AreEqual(1, view.OpenedCursors);
        CollectionAssert.AreEqual(new[] { "Label" }, view.ActiveColumns.ToArray());
        Assert.AreEqual(5, split.TestSet.GetColumn<float>("Label").Sum());
    }

    [TestMethod]
    public void What_cannot_be_split_is_refused_with_the_reason()
    {
        var ml = new MLContext();
        IDataView data = Data(ml, ("a", 3));
        Assert.Contains("has: Label, Number", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.StratifiedTrainTestSplit(data, "Class")).Message);
        Assert.Contains("leaves 3 for training and 0 for testing", Assert.ThrowsExactly<ArgumentException>(() => ml.Data.StratifiedTrainTestSplit(data)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.Data.StratifiedTrainTestSplit(data, testFraction: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ml.Data.StratifiedTrainTestSplit(data, testFraction: 0));
    }

    private static (int A, int B, int C) Counts(IDataView data)
    {
        string[] labels = [.. data.GetColumn<string>("Label")];
        return (labels.Count(label => label == "a"), labels.Count(label => label == "b"), labels.Count(label => label == "c"));
    }

    private static IDataView Data(MLContext ml, params (string Label, int Count)[] classes)
    {
        Row[] rows = [.. classes.SelectMany(of => Enumerable.Repeat(of.Label, of.Count)).Select((label, number) => new Row { Label = label, Number = number })];
        return ml.Data.LoadFromEnumerable(rows);
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public int Number { get; set; }
    }
}
