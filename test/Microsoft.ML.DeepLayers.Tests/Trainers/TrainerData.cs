using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Small learnable data for the three tasks: four features, of which the last says nothing.</summary>
internal static class TrainerData
{
    internal const int FeatureCount = 4;

    internal static Row[] Rows(int count = 400, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] features = [.. Enumerable.Range(0, FeatureCount).Select(_ => (float)((2 * random.NextDouble()) - 1))];
            float number = (2 * features[0]) - features[1] + (0.5f * features[2]);
            return new Row
            {
                Features = features,
                Number = number,
                Flag = number > 0,
                Class = number > 0.7f ? "high" : number < -0.7f ? "low" : "middle",
                Code = number > 0.7f ? 30 : number < -0.7f ? 10 : 20,
                Weight = 1,
                Id = random.Next(),
            };
        })];
    }

    internal static IDataView View(MLContext ml, int count = 400, int seed = 1) => ml.Data.LoadFromEnumerable(Rows(count, seed));

    internal sealed class Row
    {
        [VectorType(FeatureCount)]
        public float[] Features { get; set; } = [];

        public float Number { get; set; }

        public bool Flag { get; set; }

        public string Class { get; set; } = "";

        public int Code { get; set; }

        public float Weight { get; set; }

        public int Id { get; set; }
    }
}
