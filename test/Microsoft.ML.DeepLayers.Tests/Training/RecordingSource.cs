using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Notes the labels of each epoch as they go by.</summary>
internal sealed class RecordingSource(ExampleSource inner) : ExampleSource(inner.Layout)
{
    private readonly List<List<float>> epochs = [];

    internal List<float[]> Epochs => [.. epochs.Select(epoch => epoch.ToArray())];

    internal override long? Count => inner.Count;

    internal override IBatchFiller BeginEpoch(Random? shuffle)
    {
        epochs.Add([]);
        return new Filler(inner.BeginEpoch(shuffle), epochs[^1]);
    }

    private sealed class Filler(IBatchFiller inner, List<float> labels) : IBatchFiller
    {
        public bool Fill(Batch batch)
        {
            bool filled = inner.Fill(batch);
            labels.AddRange(batch.Labels[0].Span[..batch.Count]);
            return filled;
        }

        public void Dispose() => inner.Dispose();
    }
}
