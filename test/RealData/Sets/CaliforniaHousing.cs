using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.Transforms;

namespace RealData.Sets;

/// <summary>Median house values of California's districts (census of 1990), with the ratios that Géron's book adds, on a logarithmic scale.</summary>
internal static class CaliforniaHousing
{
    private const float Unit = 100_000;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("california-housing");
        MLContext ml = trial.ML;
        IDataView data = ml.Data.LoadFromTextFile(Tables.Plain(folder, "housing.csv.gz"), new TextLoader.Options
        {
            Separators = [','],
            HasHeader = true,
            MissingRealsAsNaNs = true,
            Columns =
            [
                new("Numbers", DataKind.Single, 0, 7),
                new("Price", DataKind.Single, 8),
                new("Ocean", DataKind.String, 9),
            ],
        });
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);

        var network = new Sequential
        {
            new Dense(256, Activation.ReLU),
            new Dropout(0.1f),
            new Dense(256, Activation.ReLU),
            new Dropout(0.1f),
            new Dense(128, Activation.ReLU),
        };
        var pipeline = ml.Transforms.ReplaceMissingValues("Numbers", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Append(ml.Transforms.CustomMapping<District, Derived>(Derive, contractName: null))
            .Append(ml.Transforms.Concatenate("Features", "Numbers", "Logarithms"))
            .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .Append(ml.Transforms.Categorical.OneHotEncoding("Ocean"))
            .Append(ml.Transforms.Concatenate("Features", "Features", "Ocean"))
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                Epochs = 200,
                BatchSize = 64,
                ValidationFraction = 0.1f,
                Callbacks = { new EarlyStopping(patience: 15) },
            }));

        RegressionMetrics metrics = ml.Regression.Evaluate(trial.Fit(pipeline, split.TrainSet).Transform(split.TestSet));
        yield return trial.Result(
            "Dense 256-256-128, dropout .1", $"RMSE {metrics.RootMeanSquaredError * Unit:0} $, R² {metrics.RSquared:0.000}",
            "tuned forest 47730 $ (test); linear 69052 $, forest 50182 $ (10-fold)",
            "80/20 random (theirs stratified by income); batch 64, Adam, label in 100k $, early stopping on 10 %");
    }

    /// <summary>The label in a unit of the size that weights start in: with dollars, the output layer alone would need thousands of steps.</summary>
    private static void Derive(District district, Derived derived)
    {
        float[] numbers = district.Numbers;
        (float rooms, float bedrooms, float population, float households) = (numbers[3], numbers[4], numbers[5], numbers[6]);
        derived.Logarithms =
        [
            MathF.Log(rooms), MathF.Log(bedrooms), MathF.Log(population), MathF.Log(households), MathF.Log(numbers[7]),
            MathF.Log(rooms / households), MathF.Log(population / households), MathF.Log(bedrooms / rooms),
        ];
        derived.Label = district.Price / Unit;
    }

    private sealed class District
    {
        [VectorType(8)]
        public float[] Numbers { get; set; } = [];

        public float Price { get; set; }
    }

    private sealed class Derived
    {
        [VectorType(8)]
        public float[] Logarithms { get; set; } = [];

        public float Label { get; set; }
    }
}
