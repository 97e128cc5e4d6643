using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using OwnLayer;

// A layer that the library does not have, in an ordinary pipeline: see GaussianUnits.cs for the layer itself.
var ml = new MLContext(seed: 1);
IDataView train = ml.Data.LoadFromEnumerable(Point.Spirals(1000, seed: 1)), test = ml.Data.LoadFromEnumerable(Point.Spirals(1000, seed: 2));

var network = new Sequential { new GaussianUnits(32, gamma: 10) };
Console.WriteLine(network.Summary(2));
Console.WriteLine(network.ToJson());

// Beside it a Dense layer with as many weights: [2, 32] and [32] here, [32, 2] and [32] there.
ITransformer model = Train(network, "Gaussian units");
Train(new Sequential { new Dense(32, Activation.Tanh) }, "Dense, tanh   ");

// The model holds the layer as ONNX nodes: a process that only scores needs neither libtorch nor the class.
string zip = Path.Combine(AppContext.BaseDirectory, "spirals.zip");
ml.Model.SaveAtomically(model, train.Schema, zip);
var loaded = (NeuralNetworkTransformer)new MLContext().Model.Load(zip, out _);
loaded.ExportOnnx(Path.ChangeExtension(zip, ".onnx"));
Console.WriteLine($"\nLoaded again: accuracy {Accuracy(loaded):0.000}; weights {string.Join(", ", loaded.Model.WeightNames)}");

using PredictionEngine<Point, Prediction> engine = ml.Model.CreatePredictionEngine<Point, Prediction>(loaded);
foreach (float[] place in new float[][] { [0, -0.55f], [0.55f, 0.55f], [0, 0.55f], [-0.55f, -0.55f] })
{
    Console.WriteLine($"  ({place[0]}, {place[1]}) → {engine.Predict(new Point { Features = place }).Probability:0.000}");
}

// Not so a process that reads the definition, to print it or to train on: it needs the class.
Console.WriteLine(loaded.Network == network ? "The definition came back equal." : "The definition changed.");

ITransformer Train(Network body, string name)
{
    ITransformer trained = ml.BinaryClassification.Trainers.NeuralNetwork(body, epochs: 100, learningRate: 0.01f).Fit(train);
    Console.WriteLine($"{name}: test accuracy {Accuracy(trained):0.000}");
    return trained;
}

double Accuracy(ITransformer trained) => ml.BinaryClassification.Evaluate(trained.Transform(test)).Accuracy;

/// <summary>A point of the plane, and whether it lies on the first of two spirals around each other (Lang and Witbrock 1988).</summary>
internal sealed class Point
{
    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public bool Label { get; set; }

    internal static Point[] Spirals(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            bool first = i % 2 == 0;
            double turn = random.NextDouble(), angle = (turn * 3 * Math.PI) + (first ? 0 : Math.PI), radius = 0.1 + (0.9 * turn);
            double Blur() => 0.06 * (random.NextDouble() - 0.5);
            return new Point { Features = [(float)((radius * Math.Cos(angle)) + Blur()), (float)((radius * Math.Sin(angle)) + Blur())], Label = first };
        })];
    }
}

internal sealed class Prediction
{
    public float Probability { get; set; }
}

// Output:
//
//  Layer (type)                    Output shape  Param #
// ───────────────────────────────────────────────────────
//  input (Input)                   (batch, 2)          0
//  gaussian_units (GaussianUnits)  (batch, 32)        96
// ───────────────────────────────────────────────────────
// Total params: 96 (384 B)
// Trainable params: 96 (384 B)
// Non-trainable params: 0 (0 B)
//
// {
//   "type": "Sequential",
//   "layers": [
//     {
//       "type": "GaussianUnits",
//       "units": 32,
//       "gamma": 10
//     }
//   ]
// }
// Gaussian units: test accuracy 1.000
// Dense, tanh   : test accuracy 0.669
//
// Loaded again: accuracy 1.000; weights gaussian_units/centers, gaussian_units/log_gamma, output/kernel, output/bias
//   (0, -0.55) → 0.996
//   (0.55, 0.55) → 0.994
//   (0, 0.55) → 0.002
//   (-0.55, -0.55) → 0.002
// The definition came back equal.
