using CsCheck;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>What is held out for validation: any rows, the share of each class, or whole groups.</summary>
[TestClass]
public sealed class ValidationSplitTests
{
    private const long Plenty = 1L << 30;
    private static readonly ExampleLayout Layout = TestLayouts.Numbers(1);

    /// <summary>What was held out before there was a choice must stay what it was.</summary>
    [TestMethod]
    public void Without_a_choice_the_seed_shuffles_all_rows_and_the_first_are_held_out()
    {
        int[] rows = [.. Enumerable.Range(0, 57)];
        new Random(9).Shuffle(rows);
        ExampleSet set = Read(TestLayouts.Counting(57, 1), new ExampleReading(Layout, MissingValues.Error, Plenty, 0.3, 9));
        CollectionAssert.AreEqual(rows[..17].Order().Select(row => (float)row).ToList(), TestLayouts.Labels(set.Validation!, null));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_stratified_split_keeps_the_share_of_each_class_to_the_row(bool isCached) => Property.Holds(
        Gen.Select(Gen.Int[1, 60].Array[1, 5], Gen.Int[1, 99], Gen.Int),
        example =>
        {
            (int[] sizes, int percent, int seed) = example;
            double fraction = percent / 100.0;
            float[] labels = [.. sizes.SelectMany((size, label) => Enumerable.Repeat((float)label, size))];
            new Random(seed).Shuffle(labels);
            int count = (int)Math.Round(labels.Length * fraction);
            if (isCached && (count == 0 || count == labels.Length))
            {
                return; // An error.
            }

            // The feature is the row's number.
            TestView view = new TestView(labels.Length).WithVector("Features", 1, (row, _) => row).WithNumber("Label", row => labels[row]);
            ExampleReading reading = new(Layout, MissingValues.Error, isCached ? Plenty : 1, fraction, seed) { StratifyBy = [0] };
            ExampleSet set = Read(view, reading);
            List<float> training = TestLayouts.Labels(set.Training, null), validation = TestLayouts.Labels(set.Validation!, null);
            CollectionAssert.AreEqual(labels.Order().ToList(), training.Concat(validation).Order().ToList());
            for (int label = 0; label < sizes.Length; label++)
            {
                Assert.IsLessThan(1 + 1e-9, Math.Abs(validation.Count(held => held == label) - (sizes[label] * fraction)));
            }

            if (isCached)
            {
                Assert.HasCount(count, validation);
            }

            CollectionAssert.AreEqual(Features(set.Validation!), Features(set.Validation!), "each epoch");
            CollectionAssert.AreEqual(Features(set.Validation!), Features(Read(view, reading).Validation!), "the seed decides");
            HashSet<float> held = [.. Features(set.Validation!)];
            Assert.IsFalse(Features(set.Training).Any(held.Contains));
        },
        count: 60);

    [TestMethod]
    public void Remainders_decide_which_class_gives_one_row_more()
    {
        // Shares of 0.3: 2.1, 1.5 and 0.9 of 15 rows are 4.5, rounded to 4: 2, 1 and, with the largest remainder, 1.
        float[] labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2];
        TestView view = new TestView(15).WithVector("Features", 1, (row, _) => row).WithNumber("Label", row => labels[row]);
        ExampleSet set = Read(view, new ExampleReading(Layout, MissingValues.Error, Plenty, 0.3, 1) { StratifyBy = [0] });
        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 2 }, TestLayouts.Labels(set.Validation!, null));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Other_seeds_hold_out_other_rows_of_each_class(bool isCached)
    {
        TestView view = new TestView(100).WithVector("Features", 1, (row, _) => row).WithNumber("Label", row => row % 2);
        string[] splits = [.. Enumerable.Range(0, 20).Select(seed => string.Join(' ', Features(
            Read(view, new ExampleReading(Layout, MissingValues.Error, isCached ? Plenty : 1, 0.2, seed) { StratifyBy = [0] }).Validation!)))];
        Assert.HasCount(20, splits.Distinct().ToArray());
    }

    [TestMethod]
    public void Groups_are_never_split() => Property.Holds(
        Gen.Select(Gen.Int[0, 12].Array[2, 150], Gen.Int[5, 95], Gen.Int, Gen.Bool),
        example =>
        {
            (int[] groups, int percent, int seed, bool isCached) = example;
            if (groups.Distinct().Count() < 2)
            {
                return; // An error; see below.
            }

            ExampleReading reading = new(Layout, MissingValues.Error, isCached ? Plenty : 1, percent / 100.0, seed) { SamplingKeyColumn = "Patient" };
            ExampleSet set = Read(Grouped(groups), reading);
            List<float> training = Features(set.Training), validation = Features(set.Validation!);
            CollectionAssert.AreEqual(Enumerable.Range(0, groups.Length).Select(row => (float)row).ToList(), training.Concat(validation).Order().ToList());
            Assert.IsEmpty(training.Select(row => groups[(int)row]).Intersect(validation.Select(row => groups[(int)row])));
            CollectionAssert.AreEqual(validation, Features(Read(Grouped(groups), reading).Validation!));
            CollectionAssert.AreEquivalent(training, Features(set.Training, new Random(1)));
            if (isCached)
            {
                Assert.IsNotEmpty(training);
                Assert.IsNotEmpty(validation);
            }
        });

    [TestMethod]
    public void As_many_groups_are_held_out_as_come_nearest_to_the_fraction()
    {
        int[] groups = [.. Enumerable.Range(0, 300).Select(row => row / 3)];
        for (int seed = 0; seed < 20; seed++)
        {
            ExampleSet set = Read(Grouped(groups), new(Layout, MissingValues.Error, Plenty, 0.25, seed) { SamplingKeyColumn = "Patient" });
            Assert.HasCount(75, Features(set.Validation!));
        }

        // A hash for each group decides in streamed data: the standard deviation is 0.014 of 1000 groups.
        groups = [.. Enumerable.Range(0, 5000).Select(row => row % 1000)];
        ExampleSet streamed = Read(Grouped(groups), new(Layout, MissingValues.Error, 1, 0.25, 3) { SamplingKeyColumn = "Patient" });
        Assert.AreEqual(0.25, Features(streamed.Validation!).Count / 5000.0, 0.06);
    }

    [TestMethod]
    public void One_group_cannot_be_split() => Assert.AreEqual(
        "Column 'Patient' (SamplingKeyColumnName) has the same value in all rows of the training data, so that none can be held out for validation. Use another column, or give a validation set: Fit(train, validation).",
        Assert.ThrowsExactly<InvalidOperationException>(
            () => Read(Grouped([7, 7, 7, 7]), new(Layout, MissingValues.Error, Plenty, 0.5, 1) { SamplingKeyColumn = "Patient" })).Message);

    [TestMethod]
    public void The_column_of_groups_is_only_read_where_something_is_held_out()
    {
        TestView view = Grouped([1, 2, 3]);
        Read(view, new(Layout, MissingValues.Error, Plenty, 0, 1) { SamplingKeyColumn = "Patient" });
        CollectionAssert.AreEqual(new[] { "Features", "Label" }, view.ActiveColumns.ToArray());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Splits_of_streamed_data_allocate_nothing_a_row(bool isGrouped)
    {
        const int Rows = 20_000;
        TestView view = new TestView(Rows).WithVector("Features", 1, (row, _) => row).WithNumber("Label", row => row % 3).WithNumber("Patient", row => row % 100);
        ExampleReading reading = new(Layout, MissingValues.Error, 100, 0.2, 1) { StratifyBy = isGrouped ? [] : [0], SamplingKeyColumn = isGrouped ? "Patient" : null };
        ExampleSource source = Read(view, reading).Training;
        var batch = new Batch(Layout, 32);
        int Epoch()
        {
            using IBatchFiller filler = source.BeginEpoch(null);
            int count = 0;
            while (filler.Fill(batch))
            {
                count += batch.Count;
            }

            return count;
        }

        int expected = Epoch();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.AreEqual(expected, Epoch());
        Assert.IsLessThan(Rows / 2, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static TestView Grouped(int[] groups) => new TestView(groups.Length)
        .WithVector("Features", 1, (row, _) => row)
        .WithNumber("Label", _ => 0)
        .With("Patient", TextDataViewType.Instance, (long row, ref ReadOnlyMemory<char> value) => value = $"patient {groups[row]}".AsMemory());

    private static ExampleSet Read(TestView view, ExampleReading reading)
    {
        using var log = new LogOf();
        return ExampleSet.Read(view, reading, log.Channel, () => { });
    }

    private static List<float> Features(ExampleSource source, Random? shuffle = null)
    {
        var features = new List<float>();
        var batch = new Batch(source.Layout, 7);
        using IBatchFiller filler = source.BeginEpoch(shuffle);
        while (filler.Fill(batch))
        {
            features.AddRange(batch.Inputs[0].Span[..batch.Count]);
        }

        return features;
    }
}
