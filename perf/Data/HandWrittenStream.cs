using System.Numerics.Tensors;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// What one would write to train on rows that do not fit the memory: a cursor whose rows are checked for missing values and
/// go through a shuffle buffer into batches. A tenth of the rows is held out. On one thread, over arrays that are kept.
/// </summary>
internal sealed class HandWrittenStream(IDataView view, int width, int batchSize, int bufferRows)
{
    private readonly float[] buffer = new float[bufferRows * width];
    private readonly float[] labels = new float[bufferRows];
    private readonly float[] batch = new float[batchSize * width];
    private readonly float[] batchLabels = new float[batchSize];

    internal void Read()
    {
        // Without a seed, which would make it a slower generator.
        var random = new Random();
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Features"], view.Schema["Label"]]);
        ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(view.Schema["Features"]);
        ValueGetter<float> label = cursor.GetGetter<float>(view.Schema["Label"]);
        VBuffer<float> values = default;
        float expected = 0;
        int count = 0, inBatch = 0, batches = 0;
        void Emit(int drawn)
        {
            buffer.AsSpan(drawn * width, width).CopyTo(batch.AsSpan(inBatch * width));
            batchLabels[inBatch++] = labels[drawn];
            if (inBatch == batchSize)
            {
                (batches, inBatch) = (batches + 1, 0);
            }
        }

        while (cursor.MoveNext())
        {
            if (cursor.Position % 10 == 0)
            {
                continue;
            }

            features(ref values);
            label(ref expected);
            Check(values.GetValues(), expected, cursor.Position);
            bool isFull = count == bufferRows;
            int place = isFull ? random.Next(bufferRows) : count++;
            if (isFull)
            {
                Emit(place);
            }

            values.CopyTo(buffer.AsSpan(place * width, width));
            labels[place] = expected;
        }

        for (; count > 0; count--)
        {
            int drawn = random.Next(count);
            Emit(drawn);
            buffer.AsSpan((count - 1) * width, width).CopyTo(buffer.AsSpan(drawn * width));
            labels[drawn] = labels[count - 1];
        }

        if (batches == 0)
        {
            throw new InvalidOperationException("Nothing was read.");
        }
    }

    private static void Check(ReadOnlySpan<float> values, float label, long row)
    {
        if (!float.IsFinite(TensorPrimitives.Sum(values) + label))
        {
            throw new InvalidOperationException($"A value is missing in row {row}.");
        }
    }
}
