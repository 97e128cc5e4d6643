using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;
using static Microsoft.ML.DeepLayers.Tests.Scoring.TestData;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>Several batches on their way through the network at a time.</summary>
[TestClass]
public sealed class ParallelScoringTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    [DataRow(1), DataRow(2), DataRow(5), DataRow(16)]
    public void Rows_keep_their_order_and_what_belongs_to_them(int parallelism)
    {
        const int Rows = 20_000;
        var data = new ObservedDataView(TestData.Numbered(ml, Rows));
        using NeuralNetworkTransformer model = Model(parallelism);
        IDataView scored = model.Transform(data);
        using (DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema))
        {
            ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]), label = cursor.GetGetter<float>(scored.Schema["Label"]);
            ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(scored.Schema["Features"]);
            ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
            VBuffer<float> vector = default;
            for (int i = 0; i < Rows; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                features(ref vector);
                Assert.AreEqual(
                    (i, i / 3, 3f * i, 2f * i, (float)i, new DataViewRowId((ulong)i, 0)),
                    (cursor.Position, cursor.Batch, Get(score), Get(label), vector.GetValues()[0], Get(id)));
            }

            Assert.IsFalse(cursor.MoveNext());
            Assert.IsFalse(cursor.MoveNext());
        }

        Assert.AreEqual(1, data.Cursors);
        Assert.AreEqual(0, data.OpenCursors);
        Assert.AreEqual(Rows + 1, data.Moves, "Each row is visited once, and the end once.");
    }

    [TestMethod]
    public void Scores_do_not_depend_on_the_number_of_threads()
    {
        var random = new Random(3);
        IDataView data = ml.Data.Cache(TestData.Create(
            ml, [.. Enumerable.Range(0, 3000).Select(_ => (Enumerable.Range(0, 5).Select(_ => random.NextSingle()).ToArray(), 0f))]));
        float[][] Scores(int parallelism)
        {
            using var model = new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(5))) { Scorer = { Parallelism = parallelism } };
            return TestData.Column<float[]>(model.Transform(data), "Score");
        }

        float[][] expected = Scores(2);
        foreach (int parallelism in (int[])[1, 2, 4, 8])
        {
            CollectionAssert.AreEqual(expected.SelectMany(row => row).ToArray(), Scores(parallelism).SelectMany(row => row).ToArray(), $"{parallelism} threads");
        }
    }

    [TestMethod]
    public void Few_batches_are_read_ahead()
    {
        var data = new ObservedDataView(TestData.Numbered(ml, 20_000));
        using NeuralNetworkTransformer model = Model(parallelism: 4);
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        for (int i = 1; i <= 20_000; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsLessThanOrEqualTo(i <= 85 ? 85 : i + (6 * 256), data.Moves, $"for {i} rows");
        }
    }

    [TestMethod]
    public void Long_values_that_pass_through_end_reading_ahead()
    {
        int made = 0;
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new RawFile { Features = [++made, 0], Bytes = new byte[8 << 20] }));
        using NeuralNetworkTransformer model = Model(parallelism: 16);
        model.MaxBatchSize = 2;
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        for (int i = 1; i <= 60; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.IsLessThanOrEqualTo(i + 10, made, "64 MiB are 8 rows; 2 more are given out.");
        }
    }

    [TestMethod]
    [DataRow(1), DataRow(4)]
    public void Rows_before_a_damaged_one_are_given_out_and_then_its_error(int parallelism)
    {
        const int Damaged = 5000;
        IDataView data = ml.Data.LoadFromEnumerable(Rows());
        using NeuralNetworkTransformer model = Model(parallelism);
        IDataView scored = model.Transform(data);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
        for (int i = 0; i < Damaged; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(3 * i, Get(score));
        }

        for (int i = 0; i < 2; i++)
        {
            Assert.ThrowsExactly<InvalidDataException>(() => cursor.MoveNext());
        }

        static IEnumerable<RawFile> Rows()
        {
            for (int i = 0; i < Damaged; i++)
            {
                yield return new RawFile { Features = [i, 0] };
            }

            throw new InvalidDataException("The file ends in the middle of a row.");
        }
    }

    [TestMethod]
    public void Cursors_that_end_early_disturb_nobody()
    {
        using NeuralNetworkTransformer model = Model(parallelism: 4);
        IDataView scored = model.Transform(ml.Data.Cache(TestData.Numbered(ml, 6000)));
        float[] expected = [.. Enumerable.Range(0, 6000).Select(i => 3f * i)];
        Parallel.For(0, 8, i =>
        {
            if (i % 2 == 0)
            {
                CollectionAssert.AreEqual(expected, TestData.Column<float>(scored, "Score"));
                return;
            }

            for (int rows = 0; rows < 3000; rows += 150)
            {
                DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]);
                ValueGetter<float> score = cursor.GetGetter<float>(scored.Schema["Score"]);
                for (int row = 0; row <= rows; row++)
                {
                    Assert.IsTrue(cursor.MoveNext());
                }

                cursor.Dispose();
                cursor.Dispose();
                Assert.ThrowsExactly<InvalidOperationException>(() => Get(score), "What it pointed to is somebody else's now.");
                Assert.IsFalse(cursor.MoveNext());
            }
        });
    }

    private NeuralNetworkTransformer Model(int parallelism) =>
        new(ml, TestNetworks.Regression([3, 0])) { Scorer = { Parallelism = parallelism } };
}
