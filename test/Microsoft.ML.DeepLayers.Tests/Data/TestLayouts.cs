using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>Layouts of examples over a <see cref="TestView"/>.</summary>
internal static class TestLayouts
{
    /// <summary>One vector of features and a number as the label.</summary>
    internal static ExampleLayout Numbers(int size, string? weight = null, string name = "Features") =>
        new([new InputColumn(name, new Shape(size))], new LabelColumn("Label", LabelEncoding.Number, IsKey: false), weight);

    /// <summary>Rows whose label is their number and whose features are the number in every slot.</summary>
    internal static TestView Counting(long rows, int size = 3, bool canShuffle = false) => new TestView(rows) { CanShuffle = canShuffle }
        .WithVector("Features", size, (row, _) => row)
        .WithNumber("Label", row => row);

    /// <summary>The labels of one epoch.</summary>
    internal static List<float> Labels(ExampleSource source, Random? shuffle, int batchSize = 7)
    {
        var labels = new List<float>();
        var batch = new Batch(source.Layout, batchSize);
        using IBatchFiller filler = source.BeginEpoch(shuffle);
        while (filler.Fill(batch))
        {
            labels.AddRange(batch.Labels[0].Span[..batch.Count]);
        }

        Assert.AreEqual(0, batch.Count, "an epoch that is over fills nothing");
        return labels;
    }
}
