using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace KeptFiles.Writing;

/// <summary>Files for other programs: ONNX in each precision, and weights.</summary>
internal static class Exports
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly IDataView Train = Rows.View(Ml, 160, seed: 1);

    internal static void Write(KeptWriter writer)
    {
        Row[] some = Rows.Make(4, seed: 2);
        NeuralNetworkTransformer dense = Fit(new Sequential { new Dense(8, Activation.ReLU), new BatchNormalization(), new Dense(6, Activation.Tanh) }, "Features");
        JsonObject features = new() { ["Features"] = Tensor([4, 4], some.SelectMany(row => row.Features)) };
        foreach (OnnxPrecision precision in Enum.GetValues<OnnxPrecision>())
        {
            Keep(writer, $"onnx-dense-{precision.ToString().ToLowerInvariant()}", dense, precision, features);
        }

        NeuralNetworkTransformer recurrent = Fit(new Sequential { new Input(Shape.Variable, 2), new LSTM(6) }, "Steps");
        JsonObject steps = new() { ["Steps"] = Tensor([2, 3, 2], [0.1f, 0.2f, 0.3f, -0.4f, 0.5f, 0.6f, -0.7f, 0.8f, float.NaN, float.NaN, float.NaN, float.NaN]) };
        Keep(writer, "onnx-sequence-float32", recurrent, OnnxPrecision.Float32, steps);
        Keep(writer, "onnx-sequence-float16", recurrent, OnnxPrecision.Float16, steps);

        WriteWeights(writer, dense.Model.GetWeights());
        File.Copy(writer["onnx-dense-float32.onnx"], writer["weights-onnx.onnx"]);
        Keep(writer, "weights-onnx", "weights-onnx.onnx");
    }

    private static NeuralNetworkTransformer Fit(Network network, string features)
    {
        NeuralNetworkOptions options = TabularModels.Options("Number");
        options.FeatureColumnName = features;
        return Ml.Regression.Trainers.NeuralNetwork(network, options).Fit(Train);
    }

    private static void Keep(KeptWriter writer, string name, NeuralNetworkTransformer model, OnnxPrecision precision, JsonObject inputs)
    {
        // Processors without VNNI give other results with all 8 bits of weights.
        model.ExportOnnx(writer[$"{name}.onnx"], new OnnxExportOptions(precision) { Data = Train, ReduceRange = true });
        JsonObject outputs = KeptOnnx.Run(writer[$"{name}.onnx"], inputs);
        writer.Json($"{name}.run.json", new JsonObject { ["inputs"] = inputs.DeepClone(), ["outputs"] = outputs });
        // Where a value lies between two steps of 8 or 16 bits, its last digit decides: one step is the least to allow.
        double tolerance = precision switch { OnnxPrecision.Float32 => KeptJson.ScoreTolerance, OnnxPrecision.Float16 => 5e-3, _ => 0.05 };
        writer.Add(name, KeptKind.Onnx, tolerance, $"{name}.onnx", $"{name}.run.json");
    }

    private static void WriteWeights(KeptWriter writer, NetworkWeights weights)
    {
        new NetworkWeights(weights, new Dictionary<string, string> { ["note"] = "Größe ı" }).SaveSafeTensors(writer["weights-safetensors.safetensors"]);
        Keep(writer, "weights-safetensors", "weights-safetensors.safetensors");
        weights.SavePyTorch(writer["weights-pytorch.pt"]);
        Keep(writer, "weights-pytorch", "weights-pytorch.pt");
    }

    private static void Keep(KeptWriter writer, string name, string file)
    {
        writer.Json($"{name}.json", KeptWeights.Of(NetworkWeights.Load(writer[file])));
        // Nothing is computed.
        writer.Add(name, KeptKind.Weights, tolerance: 0, file, $"{name}.json");
    }

    private static JsonObject Tensor(int[] shape, IEnumerable<float> values) => new() { ["shape"] = KeptJson.Value(shape), ["values"] = KeptJson.Value(values) };
}
