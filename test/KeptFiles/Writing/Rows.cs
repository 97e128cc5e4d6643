using Microsoft.ML;
using Microsoft.ML.Data;

namespace KeptFiles.Writing;

/// <summary>Small learnable data: four numbers, labels of every kind, and sequences of different lengths.</summary>
internal static class Rows
{
    private static readonly string[] Words = ["good", "bad", "the", "film", "was", "and", "so"];

    internal static IDataView View(MLContext ml, int count, int seed) => ml.Data.LoadFromEnumerable(Make(count, seed));

    internal static Row[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] features = [.. Enumerable.Range(0, 4).Select(_ => (float)((2 * random.NextDouble()) - 1))];
            float number = (2 * features[0]) - features[1] + (0.5f * features[2]);
            int kind = number > 0.7f ? 2 : number < -0.7f ? 0 : 1;
            int steps = random.Next(1, 7);
            return new Row
            {
                Features = features,
                More = [features[0] * features[1], features[2]],
                Number = number,
                Pair = [number, MathF.Abs(features[3])],
                Shares = [number > 0 ? 1 : 0, features[3] > 0 ? 1 : 0],
                Counts = random.Next(5),
                Flag = number > 0,
                Class = new[] { "low", "middle", "high" }[kind],
                Code = 10 * (kind + 1),
                Half = 0.5f + kind,
                Day = new DateTime(2024, 2, 28 + (kind % 2), 0, 0, 0, DateTimeKind.Utc),
                Weight = 0.5f + (0.5f * random.NextSingle()),
                Steps = [.. Enumerable.Range(0, 2 * steps).Select(_ => random.NextSingle() - 0.5f)],
                Text = string.Join(' ', Enumerable.Range(0, steps).Select(_ => Words[random.Next(Words.Length)])),
            };
        })];
    }
}

internal sealed class Row
{
    [VectorType(4)]
    public float[] Features { get; set; } = [];

    [VectorType(2)]
    public float[] More { get; set; } = [];

    public float Number { get; set; }

    [VectorType(2)]
    public float[] Pair { get; set; } = [];

    [VectorType(2)]
    public float[] Shares { get; set; } = [];

    public float Counts { get; set; }

    public bool Flag { get; set; }

    public string Class { get; set; } = "";

    public int Code { get; set; }

    public float Half { get; set; }

    public DateTime Day { get; set; }

    public float Weight { get; set; }

    /// <summary>Steps of two numbers each, as many as there are.</summary>
    public float[] Steps { get; set; } = [];

    public string Text { get; set; } = "";
}
