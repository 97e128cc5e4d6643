using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.RealData;

namespace RealData.Sets;

/// <summary>A transformer's oil temperature one hour ahead, from a day of seven readings.</summary>
internal static class Etth1
{
    private const int Channels = 7;
    private const int Window = 24;
    private const int MonthHours = 30 * 24;

    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("ETTh1, next hour's OT");
        MLContext ml = trial.ML;
        float[][] hours = [.. SharedData.ReadLines(Path.Combine(folder, "ETTh1.csv.gz")).Skip(1)
            .Select(line => line.Split(',')[1..].Select(field => float.Parse(field, CultureInfo.InvariantCulture)).ToArray())];
        Standardise(hours, 12 * MonthHours);
        Hour[] train = Windows(hours, 0, 12);
        Hour[] validation = Windows(hours, 12, 16);
        Hour[] test = Windows(hours, 16, 20);

        var network = new Sequential { new LSTM(64), new Dropout(0.2f) };
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            LabelColumnName = nameof(Hour.Change),
            FeatureColumnName = nameof(Hour.Past),
            Epochs = 12,
            BatchSize = 64,
            Callbacks = { new EarlyStopping(patience: 4) },
        });
        ITransformer model = trial.Measure(() => trainer.Fit(ml.Data.LoadFromEnumerable(train), ml.Data.LoadFromEnumerable(validation)));
        RegressionMetrics metrics = ml.Regression.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(test)), nameof(Hour.Change));
        double known = ml.Regression.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(validation)), nameof(Hour.Change)).MeanSquaredError;
        double Last(Hour[] part) => part.Average(hour => hour.Change * hour.Change);
        yield return trial.Result(
            "LSTM 64, dropout .2",
            $"MSE {metrics.MeanSquaredError:0.0000}, MAE {metrics.MeanAbsoluteError:0.000} (last value: {Last(test):0.0000}); validation MSE {known:0.0000} ({Last(validation):0.0000})",
            "none for one step; h = 96 over all channels needs many outputs",
            "12/4/4 months, Fit(train, validation); 24 hours, the change as label, batch 64, Adam, early stopping");
    }

    private static void Standardise(float[][] hours, int known)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            double mean = hours.Take(known).Average(hour => hour[channel]);
            double deviation = Math.Sqrt(hours.Take(known).Average(hour => Math.Pow(hour[channel] - mean, 2)));
            foreach (float[] hour in hours)
            {
                hour[channel] = (float)((hour[channel] - mean) / deviation);
            }
        }
    }

    private static Hour[] Windows(float[][] hours, int fromMonth, int toMonth)
    {
        int first = Math.Max(Window, fromMonth * MonthHours);
        return [.. Enumerable.Range(first, toMonth * MonthHours - first)
            .Select(at => new Hour { Past = [.. hours[(at - Window)..at].SelectMany(hour => hour)], Change = hours[at][^1] - hours[at - 1][^1] })];
    }

    private sealed class Hour
    {
        [VectorType(Window, Channels)]
        public float[] Past { get; set; } = [];

        /// <summary>From the last hour to the next: the level itself is mostly the last hour's.</summary>
        public float Change { get; set; }
    }
}
