using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>One body, several things to say (Caruana 1997): a flat's rent, its kind, and whether it is let at once.</summary>
[TestClass]
public sealed class MultiOutputTests
{
    private static readonly string[] Towns = ["North", "South", "East"];

    [TestMethod]
    public void Says_a_number_a_class_and_a_flag()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Flats(ml, 1500, seed: 1), Flats(ml, 400, seed: 2));
        Network network = MultiOutput();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.Categorical.OneHotEncoding("TownColumns", "Town")
            .Append(ml.Transforms.Concatenate("Numbers", "Area", "Floor", "Age"))
            .Append(ml.Transforms.NormalizeMeanVariance("Numbers", fixZero: false))
            .Append(ml.Transforms.Conversion.MapValueToKey("KindKey", "Kind"))
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                Outputs =
                {
                    new OutputOptions("rent", "Rent"),
                    new OutputOptions("kind", "KindKey", PredictionTask.MulticlassClassification),
                    new OutputOptions("let", "LetAtOnce", PredictionTask.BinaryClassification),
                },
                Epochs = 25,
                Optimizer = new Adam(0.01f),
            }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("kind.PredictedLabel")).Fit(train);
        IDataView scored = model.Transform(test);
        double rSquared = ml.Regression.Evaluate(scored, "Rent", "rent").RSquared;
        double kind = ml.MulticlassClassification.Evaluate(scored, "KindKey", "kind", "kind.PredictedLabel").MicroAccuracy;
        double let = ml.BinaryClassification.Evaluate(scored, "LetAtOnce", "let", "let.Probability", "let.PredictedLabel").Accuracy;
        double commonKind = MostFrequent(test.GetColumn<string>("Kind")), commonLet = MostFrequent(test.GetColumn<bool>("LetAtOnce"));
        Console.WriteLine($"rent: R² {rSquared:0.000} (mean 0); kind: accuracy {kind:0.000} (most frequent {commonKind:0.000}); let: accuracy {let:0.000} (most frequent {commonLet:0.000})");
        Assert.IsGreaterThan(0.9, rSquared);
        Assert.IsGreaterThan(0.88, kind);
        Assert.IsGreaterThan(0.85, let);
        Assert.IsLessThan(0.7, Math.Max(commonKind, commonLet));
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "rent", "kind", "let", "let.Probability");
    }

    private static Network MultiOutput()
    {
        Input numbers = new(3) { Column = "Numbers" }, town = new(Towns.Length) { Column = "TownColumns" };
        LayerOutput body = new Dense(32, Activation.ReLU).Apply(new Concatenate().Apply(numbers, town));
        body = new Dense(32, Activation.ReLU).Apply(body);
        return new Network([numbers, town], new Dictionary<string, LayerOutput>
        {
            ["rent"] = new Dense(16, Activation.ReLU).Apply(body),
            ["kind"] = body,
            ["let"] = body,
        });
    }

    private static double MostFrequent<T>(IEnumerable<T> values)
    {
        T[] all = [.. values];
        return (double)all.GroupBy(value => value).Max(group => group.Count()) / all.Length;
    }

    private static IDataView Flats(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            (float area, int floor, float age, int town) = (random.Between(20, 140), random.Next(8), random.Between(0, 100), random.Next(Towns.Length));
            // In hundreds; old houses are dear again, high floors only where there is a view.
            float rent = (0.08f * area) + (MathF.Pow((age - 60) / 30, 2)) + (town == 0 ? 0.4f * floor : 0) + (0.3f * random.Normal());
            return new Flat
            {
                Area = area,
                Floor = floor,
                Age = age,
                Town = Towns[town],
                Rent = rent,
                Kind = area < 50 ? "small" : age > 70 ? "old" : "family",
                LetAtOnce = rent < (0.08f * area) + 1.5f,
            };
        }).ToArray());
    }

    private sealed class Flat
    {
        public float Area { get; set; }

        public float Floor { get; set; }

        public float Age { get; set; }

        public string Town { get; set; } = "";

        public float Rent { get; set; }

        public string Kind { get; set; } = "";

        public bool LetAtOnce { get; set; }
    }
}
