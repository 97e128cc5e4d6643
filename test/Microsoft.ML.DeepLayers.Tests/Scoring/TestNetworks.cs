using Google.Protobuf;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>Networks with known weights, written as ONNX by hand: what scoring needs, without training or libtorch.</summary>
internal static class TestNetworks
{
    /// <summary>The features' column of all of them.</summary>
    internal const string Features = "Features";

    /// <summary>Score = w · x + b.</summary>
    internal static TrainedNetwork Regression(float[] weights, float bias = 0) =>
        Linear(PredictionTask.Regression, weights, [bias], softmax: false);

    /// <summary>A logit w · x + b.</summary>
    internal static TrainedNetwork Binary(float[] weights, float bias = 0, ClassLabels? labels = null) =>
        Linear(PredictionTask.BinaryClassification, weights, [bias], softmax: false, labels);

    /// <summary>The probabilities of classes whose logits are the features themselves.</summary>
    internal static TrainedNetwork Multiclass(ClassLabels labels)
    {
        var identity = new float[labels.Count * labels.Count];
        for (int i = 0; i < labels.Count; i++)
        {
            identity[(i * labels.Count) + i] = 1;
        }

        return Linear(PredictionTask.MulticlassClassification, identity, new float[labels.Count], softmax: true, labels);
    }

    /// <summary>An embedding of one number an index, for the indices 0 to 3: Score is the sum of the numbers of two indices.</summary>
    internal static TrainedNetwork Embedding(params float[] table)
    {
        byte[] onnx = Build(
            onnx =>
            {
                OnnxValue indices = onnx.Node("Cast", [onnx.Input(Features, new Shape(2))], new Shape(2), OnnxAttribute.Int("to", 7));
                OnnxValue found = onnx.Node("Gather", [onnx.Inner("embedding").Weight("embeddings"), indices], new Shape(2));
                onnx.Output("Score", onnx.Node(
                    "ReduceSum", [found, onnx.Constant(1L)], new Shape(1), OnnxAttribute.Int("keepdims", 1)));
            },
            _ => (new Shape(table.Length), table));
        return Network(PredictionTask.Regression, onnx, new InputColumn(Features, new Shape(2), IndexLimit: table.Length));
    }

    /// <summary>Score = the sum of a vector of 4, which the graph takes as an image [2, 2, 1], plus 10 times a scalar.</summary>
    internal static TrainedNetwork TwoInputs()
    {
        byte[] onnx = Build(
            onnx =>
            {
                OnnxValue image = onnx.Reshape(onnx.Input("Image", new Shape(2, 2, 1)), new Shape(4));
                OnnxValue sum = onnx.Node("ReduceSum", [image, onnx.Constant(1L)], new Shape(1), OnnxAttribute.Int("keepdims", 1));
                OnnxValue tens = onnx.Node("Mul", [onnx.Input("Size", new Shape(1)), onnx.Constant([10f])], new Shape(1));
                onnx.Output("Score", onnx.Binary("Add", sum, tens));
            },
            _ => throw new InvalidOperationException("It has no weights."));
        return Network(PredictionTask.Regression, onnx, new InputColumn("Image", new Shape(4)), new InputColumn("Size", new Shape(1)));
    }

    /// <summary>Score = 100 times a column that is called Score itself.</summary>
    internal static TrainedNetwork OfScore()
    {
        byte[] onnx = Build(
            onnx => onnx.Output("Score", onnx.Node("Mul", [onnx.Input("Score_input", new Shape(1)), onnx.Constant([100f])], new Shape(1))),
            _ => throw new InvalidOperationException("It has no weights."));
        return Network(PredictionTask.Regression, onnx, new InputColumn("Score", new Shape(1)));
    }

    private static TrainedNetwork Linear(PredictionTask task, float[] weights, float[] bias, bool softmax, ClassLabels? labels = null)
    {
        int outputs = bias.Length;
        var features = new Shape(weights.Length / outputs);
        byte[] onnx = Build(
            onnx =>
            {
                OnnxGraphBuilder dense = onnx.Inner("dense");
                OnnxValue product = dense.Node("MatMul", [onnx.Input(Features, features), dense.Weight("kernel")], new Shape(outputs));
                OnnxValue sum = dense.Node("Add", [product, dense.Weight("bias")], new Shape(outputs));
                onnx.Output("Score", softmax ? onnx.Node("Softmax", [sum], new Shape(outputs), OnnxAttribute.Int("axis", -1)) : sum);
            },
            name => name == "dense/kernel" ? (new Shape(features[0], outputs), weights) : (new Shape(outputs), bias));
        return Network(task, onnx, new InputColumn(Features, features)) with { Outputs = [new TrainedOutput(null, task, "Label", labels)] };
    }

    private static TrainedNetwork Network(PredictionTask task, byte[] onnx, params InputColumn[] inputs) => new()
    {
        Outputs = [new TrainedOutput(null, task, "Label")],
        Inputs = inputs,
        Onnx = onnx,
        DefinitionJson = """{ "type": "Sequential", "layers": [ { "type": "Dense", "units": 1 } ] }""",
        OptionsJson = """{ "epochs": 2 }""",
        History = new History(
        [
            new EpochResult(1, new Dictionary<string, double> { ["loss"] = 0.75, ["val_loss"] = double.NaN }, 1e-3, 0.5),
            new EpochResult(2, new Dictionary<string, double> { ["loss"] = 0.1 + 0.2, ["val_loss"] = double.PositiveInfinity }, 1e-4, 0.25),
        ], bestEpoch: 2),
    };

    private static byte[] Build(Action<OnnxGraphBuilder> build, Func<string, (Shape, ReadOnlyMemory<float>)> weights)
    {
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "test" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxGraphBuilder.OpsetVersion });
        build(new OnnxGraphBuilder(model.Graph, weights));
        return model.ToByteArray();
    }
}
