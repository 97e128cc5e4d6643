using System.Diagnostics;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The comparisons of reading data.</summary>
internal static class DataLines
{
    private const int BatchSize = 32;
    private const int CachedRows = 100_000;

    private static readonly ExampleLayout Layout = new(
        [new InputColumn("Features", new Shape(TableView.Width))], new LabelColumn("Label", LabelEncoding.Boolean, IsKey: false), null);

    internal static IEnumerable<RatioLine> All
    {
        get
        {
            yield return Stream("1 million rows streamed", 1_000_000, 32 << 20, 1.25);
            yield return StreamByHand("1 million rows streamed", 1_000_000, 32 << 20);
            yield return Stream("10 million rows streamed", 10_000_000, 128 << 20, 1.25);
            yield return StreamByHand("10 million rows streamed", 10_000_000, 128 << 20);
            yield return Stream("rows of objects in memory streamed", 1_000_000, 32 << 20, 1.25, (_, ml, rows) => DataFiles.Objects(ml, rows));
            yield return StreamByHand("rows of objects in memory streamed", 1_000_000, 32 << 20, (_, ml, rows) => DataFiles.Objects(ml, rows));
            yield return Stream("rows of a text file streamed", 100_000, 4 << 20, 1.25, (files, ml, rows) => files.Text(ml, rows));
            yield return Stream("rows of a binary file streamed", 200_000, 4 << 20, 1.25, (files, ml, rows) => files.Binary(ml, rows));
            yield return Images("images decoded into memory", trains: false, 1);
            yield return LoadedPixels();
            yield return Images("images decoded while training takes three times as long", trains: true, null);
            yield return new RatioLine("data", "1 million rows read into memory", "bare cursor", "row", null, FirstRead);
            yield return new RatioLine("data", "batches of 32 handed over from memory", "rows copied in that order", "batch", null, () => Cached(TableView.Width, CachedRows));
            yield return new RatioLine("data", "batches of 32 wide rows handed over from memory", "rows copied in that order", "batch", null, () => Cached(3 * 64 * 64, 2000));
        }
    }

    private static RatioLine Stream(string name, int rows, long cacheBytes, double limit, Func<DataFiles, MLContext, int, IDataView>? open = null) => new(
        "data", name, "bare cursor", "row", limit, () =>
        {
            var files = new DataFiles();
            IDataView view = Open(files, rows, open);
            return new Contest(Epoch(view, cacheBytes), () => BareCursor.Read(view), rows, files);
        });

    private static RatioLine StreamByHand(string name, int rows, int cacheBytes, Func<DataFiles, MLContext, int, IDataView>? open = null) => new(
        "data", name, "a loop by hand", "row", null, () =>
        {
            var files = new DataFiles();
            IDataView view = Open(files, rows, open);
            var byHand = new HandWrittenStream(view, TableView.Width, BatchSize, cacheBytes / (Layout.Width * sizeof(float)));
            return new Contest(Epoch(view, cacheBytes), byHand.Read, rows, files);
        });

    private static IDataView Open(DataFiles files, int rows, Func<DataFiles, MLContext, int, IDataView>? open) =>
        open?.Invoke(files, new MLContext(1), rows) ?? new TableView(rows);

    private static Action Epoch(IDataView view, long cacheBytes)
    {
        var reading = new ExampleReading(Layout, MissingValues.Error, cacheBytes, 0.1, Seed: 1);
        var examples = new StreamedExamples(view, Layout, MissingValues.Error, cacheBytes, ValidationSplit.Filter(reading, heldOut: false));
        var pipeline = new BatchPipeline(Layout, BatchSize);
        return () => Take(pipeline, examples, TimeSpan.Zero);
    }

    /// <summary>
    /// Images from files beside a cursor that decodes them; or, with a training that only waits, beside that waiting alone:
    /// the rest is what it waits for data.
    /// </summary>
    private static RatioLine Images(string name, bool trains, double? limit) => new(
        "data", name, trains ? "the same training without data" : "bare cursor", "image", limit, () =>
        {
            const int Count = 1024;
            var files = new ImageFiles(Count);
            IDataView view = files.Pixels(new MLContext(1));
            var layout = new ExampleLayout(
                [new InputColumn("Features", new Shape(ImageFiles.Size, ImageFiles.Size, 3))], new LabelColumn("Label", LabelEncoding.Boolean, IsKey: false), null);
            var examples = new StreamedExamples(view, layout, MissingValues.Error, 64 * layout.Width * sizeof(float));
            var pipeline = new BatchPipeline(layout, BatchSize);
            if (!trains)
            {
                return new Contest(() => Take(pipeline, examples, TimeSpan.Zero), () => BareCursor.Read(view), Count, files);
            }

            long start = Stopwatch.GetTimestamp();
            BareCursor.Read(view);
            TimeSpan batch = 3 * Stopwatch.GetElapsedTime(start) * BatchSize / Count;
            return new Contest(
                () => Take(pipeline, examples, batch), () =>
                {
                    for (int i = 0; i < Count / BatchSize; i++)
                    {
                        Thread.Sleep(batch);
                    }
                }, Count, files);
        });

    /// <summary>The files of a folder as pixels, beside ML.NET's own transforms (which are not antialiased), each on one cursor.</summary>
    private static RatioLine LoadedPixels() => new(
        "data", "images loaded as pixels", "ML.NET's LoadImages, ResizeImages, ExtractPixels", "image", null, () =>
        {
            const int Count = 512;
            var files = new ImageFiles(Count);
            var ml = new MLContext(1);
            (IDataView ours, IDataView peer) = (files.LoadedPixels(ml), files.Pixels(ml));
            return new Contest(() => BareCursor.Read<byte>(ours), () => BareCursor.Read(peer), Count, files);
        });

    private static Contest FirstRead()
    {
        const int Rows = 1_000_000;
        var view = new TableView(Rows);
        var reading = new ExampleReading(Layout, MissingValues.Error, 1L << 30, 0, Seed: 1);
        Microsoft.ML.Runtime.IChannel channel = ((Microsoft.ML.Runtime.IChannelProvider)new MLContext(1)).Start("Data");
        return new Contest(() => ExampleSet.Read(view, reading, channel, () => { }), () => BareCursor.Read(view), Rows, channel);
    }

    private static Contest Cached(int width, int rows)
    {
        var layout = new ExampleLayout([new InputColumn("Features", new Shape(width))], new LabelColumn("Label", LabelEncoding.Boolean, IsKey: false), null);
        var store = new FixedRowStore(layout.Width);
        float[] row = new float[layout.Width];
        for (int i = 0; i < rows; i++)
        {
            row[^1] = i & 1;
            store.Add(row);
        }

        var examples = new CachedExamples(layout, store, [.. Enumerable.Range(0, rows)]);
        var pipeline = new BatchPipeline(layout, BatchSize);
        var plain = new PlainRows(width, rows);
        return new Contest(() => Take(pipeline, examples, TimeSpan.Zero), () => plain.Gather(BatchSize), rows / BatchSize);
    }

    /// <summary>Takes the batches of an epoch as training does, which spends a given time on each.</summary>
    private static void Take(BatchPipeline pipeline, ExampleSource examples, TimeSpan training)
    {
        long labels = 0;
        foreach (Batch batch in pipeline.Read(examples.BeginEpoch(new Random(1)), CancellationToken.None))
        {
            labels += batch.Count;
            if (training > TimeSpan.Zero)
            {
                Thread.Sleep(training);
            }
        }

        if (labels == 0)
        {
            throw new InvalidOperationException("Nothing was read.");
        }
    }

    /// <summary>Rows in one array, gathered in random order into another, as a batch after the other.</summary>
    private sealed class PlainRows(int width, int rows)
    {
        // Memory that nobody has written to is not there, and read in no time.
        private readonly float[] values = [.. Enumerable.Repeat(1f, width * rows)];
        private readonly float[] labels = [.. Enumerable.Repeat(1f, rows)];

        internal void Gather(int batchSize)
        {
            int[] order = [.. Enumerable.Range(0, rows)];
            new Random(1).Shuffle(order);
            float[] batch = new float[batchSize * width];
            float[] batchLabels = new float[batchSize];
            for (int start = 0; start < rows; start += batchSize)
            {
                int count = Math.Min(batchSize, rows - start);
                for (int i = 0; i < count; i++)
                {
                    int row = order[start + i];
                    values.AsSpan(row * width, width).CopyTo(batch.AsSpan(i * width));
                    batchLabels[i] = labels[row];
                }
            }
        }
    }
}
