using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors refuse what cannot be meant, and say which argument it is.</summary>
[TestClass]
public sealed class LayerArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new Dense(0), "units"),
        (() => new Dropout(1), "rate"),
        (() => new Dropout(-0.1f), "rate"),
        (() => new Dropout(float.NaN), "rate"),
        (() => new Reshape(2, 0), "targetShape"),
        (() => new Reshape(-1, -1), "targetShape"),
        (() => new Reshape(-2), "targetShape"),
        (() => new Reshape(null!), "targetShape"),
        (() => new Permute(0, 1), "dims"),
        (() => new Permute(1, 1), "dims"),
        (() => new Permute(1, 3), "dims"),
        (() => new Permute(null!), "dims"),
        (() => new ActivationLayer(null!), "activation"),
        (() => new BatchNormalization(momentum: 1), "momentum"),
        (() => new BatchNormalization(momentum: -0.1f), "momentum"),
        (() => new BatchNormalization(epsilon: 0), "epsilon"),
        (() => new BatchNormalization(epsilon: float.PositiveInfinity), "epsilon"),
        (() => new Embedding(0, 1), "inputDim"),
        (() => new Embedding(1, 0), "outputDim"),
        (() => new Conv1D(0, 1), "filters"),
        (() => new Conv1D(1, 0), "kernelSize"),
        (() => new Conv1D(1, 1, strides: 0), "strides"),
        (() => new Conv1D(1, 1, dilationRate: 0), "dilationRate"),
        (() => new Conv1D(1, 1, groups: 0), "groups"),
        (() => new Conv1D(3, 1, groups: 2), "filters"),
        (() => new Conv1D(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new Conv1D(1, 1, padding: (Padding)9), "padding"),
        (() => new Conv2D(0, 1), "filters"),
        (() => new Conv2D(1, 0), "height"),
        (() => new Conv2D(1, (1, 0)), "width"),
        (() => new Conv2D(1, 2, padding: Padding.Causal), "padding"),
        (() => new Conv2D(1, 2, strides: (1, 2), dilationRate: (2, 1)), "dilationRate"),
        (() => new MaxPooling1D(0), "poolSize"),
        (() => new MaxPooling1D(2, 0), "strides"),
        (() => new AveragePooling1D(2, padding: Padding.Causal), "padding"),
        (() => new MaxPooling2D(2, padding: (Padding)7), "padding"),
        (() => new LSTM(0), "units"),
        (() => new LSTM(1, Activation.Softmax), "activation"),
        (() => new LSTM(1, recurrentActivation: Activation.GELU), "recurrentActivation"),
        (() => new GRU(1, recurrentActivation: Activation.Softmax), "recurrentActivation"),
        (() => new SimpleRNN(1, Activation.Mish), "activation"),
        (() => new Bidirectional(null!), "layer"),
        (() => new Bidirectional(new Dense(3)), "layer"),
        (() => new Bidirectional(new LSTM(3), (MergeMode)8), "mergeMode"),
    ];

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    [TestMethod]
    public void Sizes_convert_from_numbers_and_pairs()
    {
        Assert.AreEqual(new Size2D(3, 3), (Size2D)3);
        Assert.AreEqual(new Size2D(3, 5), (Size2D)(3, 5));
        Assert.AreNotEqual(new Size2D(5, 3), (Size2D)(3, 5));
        Assert.AreEqual((Size2D)1, default(Size2D));
        Assert.AreEqual("(3, 5)", new Size2D(3, 5).ToString());
        Assert.AreEqual(new Conv2D(2, 3), new Conv2D(2, (3, 3), strides: 1, dilationRate: (1, 1)));
    }
}
