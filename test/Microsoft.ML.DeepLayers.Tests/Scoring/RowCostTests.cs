using Google.Protobuf;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>What a row costs, counted by hand.</summary>
[TestClass]
public sealed class RowCostTests
{
    [TestMethod]
    public void Operators_cost_their_multiplications()
    {
        Assert.AreEqual(30 * 64, Cost("MatMul", [new Shape(30), new Shape(30, 64)], new Shape(64)));
        Assert.AreEqual(7 * 30 * 64, Cost("MatMul", [new Shape(7, 30), new Shape(30, 64)], new Shape(7, 64)));
        // 26 x 26 positions, 32 filters of 3 x 3 x 1.
        Assert.AreEqual(26 * 26 * 32 * 9, Cost("Conv", [new Shape(28, 28, 1), new Shape(32, 1, 3, 3)], new Shape(26, 26, 32)));
        // Each of 5 x 5 x 8 values spreads over 16 filters of 3 x 3.
        Assert.AreEqual(5 * 5 * 8 * 16 * 9, Cost("ConvTranspose", [new Shape(5, 5, 8), new Shape(8, 16, 3, 3)], new Shape(7, 7, 16)));
        Assert.AreEqual(32 * 4 * 64 * (16 + 64), Cost("LSTM", [new Shape(32, 16), new Shape(256, 16), new Shape(256, 64)], new Shape(64)));
        Assert.AreEqual(64, Cost("Relu", [new Shape(64)], new Shape(64)));
        Assert.AreEqual(128 * 8, Cost("Relu", [new Shape(Shape.Variable, 8)], new Shape(Shape.Variable, 8)), "Sequences are taken to have 128 steps.");
        Assert.AreEqual(1, Cost("MatMul", [default, default], default), "A number is one value.");

        static long Cost(string operation, Shape[] inputs, Shape output) =>
            RowCost.Of(operation, [.. inputs.Select((shape, i) => new OnnxValue($"{i}", shape))], [output]).Multiplications;
    }

    [TestMethod]
    public void Costs_add_up_and_the_largest_value_stays()
    {
        Assert.AreEqual(new RowCost(12, 7), new RowCost(10, 3).Plus(new RowCost(2, 7)));
        var model = new ModelProto();
        new RowCost(12, 7).WriteTo(model);
        Assert.AreEqual(new RowCost(12, 7), RowCost.Read(model.ToByteArray()));
        model.MetadataProps[0].Value = "many";
        Assert.IsNull(RowCost.Read(model.ToByteArray()));
        Assert.IsNull(RowCost.Read([]));
        Assert.IsNull(RowCost.Read([1, 2, 3]), "No model at all; who makes a session of it says so.");
    }

    [TestMethod]
    public void A_trained_network_says_what_a_row_costs()
    {
        var ml = new MLContext(seed: 1);
        using NeuralNetworkTransformer model = ml.Regression.Trainers
            .NeuralNetwork(new Sequential { new Dense(7, Activation.ReLU) }, new NeuralNetworkOptions { Epochs = 1 }).Fit(TestData.Numbered(ml, 20));
        RowCost cost = model.Scorer.Cost!;
        Assert.AreEqual(7, cost.LargestValues);
        // The products, and about one operation a value for biases and activations.
        Assert.IsInRange((2 * 7) + 7, (2 * 7) + 7 + 30, cost.Multiplications);
        using NeuralNetworkTransformer changed = model.WithWeights(model.Model.GetWeights());
        Assert.AreEqual(cost, changed.Scorer.Cost, "Other weights cost as much.");
        using var unknown = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 2]));
        Assert.IsNull(unknown.Scorer.Cost);
    }
}
