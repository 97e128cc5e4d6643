using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>A row of the tables that models of the corpus are trained on.</summary>
internal sealed class Row
{
    [VectorType(8)]
    public float[] Features { get; set; } = [];

    public float Label { get; set; }

    public string Kind { get; set; } = "";

    /// <summary>The same rows at every call.</summary>
    internal static Row[] Make(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(0, count).Select(i => new Row
            {
                Features = [.. Enumerable.Range(0, 8).Select(_ => random.NextSingle() - 0.5f)],
                Label = i % 5,
                Kind = $"k{i % 3}",
            }),
        ];
    }
}
