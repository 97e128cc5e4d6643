using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

// "train <zip>" needs libtorch; "predict <zip>" must not, and says what training without it would say.
var ml = new MLContext(seed: 1);
Row[] rows = [.. Enumerable.Range(0, 200).Select(i => new Row { Features = [i % 10 / 10f, i % 7 / 7f], Label = i % 10 > 4 })];
IDataView data = ml.Data.LoadFromEnumerable(rows);
var trainer = ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(8, Activation.ReLU) }, epochs: 20, learningRate: 0.02f);
if (args is ["train", string output])
{
    NeuralNetworkTransformer model = trainer.Fit(data, data);
    model.History.SaveReport("report.html");
    model.History.SaveCurves("curves.png");
    Console.WriteLine($"accuracy {ml.BinaryClassification.Evaluate(model.Transform(data)).Accuracy:0.000}");
    ml.Model.SaveAtomically(model, data.Schema, output);
    return;
}

ITransformer loaded = ml.Model.Load(args[1], out _);
using PredictionEngine<Row, Prediction> engine = ml.Model.CreatePredictionEngine<Row, Prediction>(loaded);
Console.WriteLine($"prediction {engine.Predict(rows[9]).PredictedLabel}, {engine.Predict(rows[0]).PredictedLabel}");
try
{
    trainer.Fit(data);
    throw new InvalidOperationException("Training worked without libtorch?");
}
catch (LibTorchNotFoundException exception)
{
    Console.WriteLine($"training says: {exception.Message}");
}

internal sealed class Row
{
    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public bool Label { get; set; }
}

internal sealed class Prediction
{
    public bool PredictedLabel { get; set; }
}
