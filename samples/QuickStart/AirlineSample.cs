using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace QuickStart;

/// <summary>An LSTM that forecasts airline passengers month by month (Box and Jenkins's series G).</summary>
internal static class AirlineSample
{
    private static string DataPath => Path.Combine(AppContext.BaseDirectory, "Data", "airline-passengers.csv");

    public static void Run()
    {
        Show.Title("LSTM: airline passengers 1949-1960");
        MLContext ml = Show.Context();
        AirlineSeries series = AirlineSeries.Load(DataPath);
        IDataView train = ml.Data.LoadFromEnumerable(series.Training());
        AirlineMonth[] heldOut = [.. series.HeldOut()];

        var network = new Sequential
        {
            new Input(AirlineSeries.DefaultWindow, 1),
            new LSTM(16),
            new Dropout(0.3f),
        };
        Console.WriteLine(network.Summary());

        var pipeline = ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            LabelColumnName = nameof(AirlineMonth.Growth),
            FeatureColumnName = nameof(AirlineMonth.History),
            Epochs = 30,
            BatchSize = 16,
            Optimizer = new AdamW(learningRate: 2e-3f),
        });

        NeuralNetworkTransformer model = pipeline.Fit(train);
        float[] growth = [.. ml.Data.CreateEnumerable<Forecast>(model.Transform(ml.Data.LoadFromEnumerable(heldOut)), reuseRowObject: false).Select(row => row.Score)];
        var forecast = heldOut.Zip(growth).ToDictionary(pair => pair.First, pair => series.ToPassengers(pair.First, pair.Second));
        double rmse = AirlineSeries.RootMeanSquaredError(heldOut, month => forecast[month]);
        double naive = AirlineSeries.RootMeanSquaredError(heldOut, AirlineSeries.NaiveSeasonal);
        Console.WriteLine($"\nRMSE over the held-out 1959-1960, in thousands of passengers: {rmse:0.0} (same month a year before: {naive:0.0})");
        Show.SaveAndPredictElsewhere(ml, model, train.Schema, "airline");
    }

    public static void Predict(string zip)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(zip, out _);
        using PredictionEngine<AirlineMonth, Forecast> engine = ml.Model.CreatePredictionEngine<AirlineMonth, Forecast>(model);
        AirlineSeries series = AirlineSeries.Load(DataPath);
        foreach (AirlineMonth month in series.HeldOut().TakeLast(6))
        {
            Console.WriteLine($"  {month.Month}: forecast {series.ToPassengers(month, engine.Predict(month).Score):0}, was {month.Passengers:0}");
        }
    }

    private sealed class Forecast
    {
        public float Score { get; set; }
    }
}
