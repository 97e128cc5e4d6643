using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Airline passengers, one month ahead, on the last third of the series.</summary>
internal static class Airline
{
    private const int Year = 12;
    private const int Window = 12;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("airline-passengers");
        MLContext ml = trial.ML;
        float[] passengers = [.. File.ReadLines(Path.Combine(folder, "airline-passengers.csv")).Skip(1).Where(line => line.Length > 0)
            .Select(line => float.Parse(line.Split(',')[1], CultureInfo.InvariantCulture))];
        int firstTest = passengers.Length * 2 / 3;

        // The growth over a year has neither trend nor season. Its scale comes from the training months.
        float[] growth = [.. passengers.Select((value, month) => month < Year ? 0 : MathF.Log(value / passengers[month - Year]))];
        float[] known = growth[Year..firstTest];
        float mean = known.Average();
        float deviation = MathF.Sqrt(known.Average(value => (value - mean) * (value - mean)));
        Month[] months = [.. Enumerable.Range(Year + Window, passengers.Length - Year - Window).Select(at => new Month
        {
            At = at,
            History = [.. growth[(at - Window)..at].Select(value => (value - mean) / deviation)],
            Growth = (growth[at] - mean) / deviation,
        })];

        var network = new Sequential { new LSTM(16), new Dropout(0.3f) };
        var pipeline = ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            LabelColumnName = nameof(Month.Growth),
            FeatureColumnName = nameof(Month.History),
            Epochs = 60,
            BatchSize = 8,
        });
        ITransformer model = trial.Fit(pipeline, ml.Data.LoadFromEnumerable(months.Where(month => month.At < firstTest)));

        Month[] test = [.. months.Where(month => month.At >= firstTest)];
        float[] forecasts = [.. model.Transform(ml.Data.LoadFromEnumerable(test)).GetColumn<float>("Score")];
        double Rmse(Func<int, float, double> forecast) =>
            Math.Sqrt(test.Zip(forecasts).Average(pair => Math.Pow(forecast(pair.First.At, pair.Second) - passengers[pair.First.At], 2)));
        double ours = Rmse((at, score) => passengers[at - Year] * MathF.Exp(score * deviation + mean));
        double naive = Rmse((at, _) => passengers[at - Year] * MathF.Exp(mean));
        yield return trial.Result(
            "LSTM 16, dropout .3", $"RMSE {ours:0.0} (last year and mean growth: {naive:0.0})", "tutorial LSTM 47-60 on raw counts [M]",
            "last third; 12 months of yearly growth, batch 8, Adam; the features differ, so an easier task");
    }

    private sealed class Month
    {
        public int At { get; set; }

        [VectorType(Window, 1)]
        public float[] History { get; set; } = [];

        public float Growth { get; set; }
    }
}
