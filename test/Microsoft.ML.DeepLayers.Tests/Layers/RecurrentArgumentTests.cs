using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors of recurrent layers, cells and wrappers refuse what cannot be meant.</summary>
[TestClass]
public sealed class RecurrentArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new SimpleRNN(0), "units"),
        (() => new LSTM(1, dropout: 1), "dropout"),
        (() => new GRU(1, recurrentDropout: -0.1f), "recurrentDropout"),
        (() => new LSTM(1, recurrentDropout: float.NaN), "recurrentDropout"),
        (() => new SimpleRNNCell(0), "units"),
        (() => new LSTMCell(1, Activation.Softmax), "activation"),
        (() => new GRUCell(1, recurrentActivation: Activation.GELU), "recurrentActivation"),
        (() => new GRUCell(1, dropout: 1), "dropout"),
        (() => new StackedRNNCells(), "cells"),
        (() => new StackedRNNCells(null!), "cells"),
        (() => new StackedRNNCells(new LSTM(1)), "cells"),
        (() => new StackedRNNCells(new LSTMCell(1), new StackedRNNCells(new LSTMCell(1))), "cells"),
        (() => new RNN(null!), "cell"),
        (() => new RNN(new LSTM(1)), "cell"),
        (() => new Bidirectional(new LSTMCell(1)), "layer"),
        (() => new Bidirectional(new LSTM(1), (MergeMode)5), "mergeMode"),
        (() => new Bidirectional(new LSTM(1), backwardLayer: new Dense(1)), "backwardLayer"),
        (() => new Bidirectional(new LSTM(1), backwardLayer: new LSTM(1)), "backwardLayer"),
        (() => new Bidirectional(new LSTM(1), backwardLayer: new LSTM(1, goBackwards: true, returnSequences: true)), "backwardLayer"),
        (() => new Bidirectional(new LSTM(1), backwardLayer: new LSTM(1, goBackwards: true, returnState: true)), "backwardLayer"),
        (() => new TimeDistributed(null!), "layer"),
        (() => new TimeDistributed(new LSTM(1, returnState: true)), "layer"),
        (() => new TimeDistributed(new Input(3)), "layer"),
        (() => new ConvLSTM1D(0, 1), "filters"),
        (() => new ConvLSTM1D(1, 0), "kernelSize"),
        (() => new ConvLSTM1D(1, 1, strides: 0), "strides"),
        (() => new ConvLSTM1D(1, 1, dilationRate: 0), "dilationRate"),
        (() => new ConvLSTM1D(1, 2, strides: 2, dilationRate: 2), "dilationRate"),
        (() => new ConvLSTM1D(1, 2, padding: Padding.Causal), "padding"),
        (() => new ConvLSTM1D(1, 2, dropout: 1), "dropout"),
        (() => new ConvLSTM2D(1, 0), "height"),
        (() => new ConvLSTM2D(1, 2, strides: (1, 2), dilationRate: (2, 1)), "dilationRate"),
        (() => new ConvLSTM2D(1, 2, padding: Padding.Causal), "padding"),
        (() => new ConvLSTM2D(1, 2, recurrentDropout: 1), "recurrentDropout"),
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
    public void Outputs_that_cannot_be_joined_are_refused()
    {
        var layer = new Bidirectional(new LSTM(2), MergeMode.Sum, new LSTM(3, goBackwards: true)) { Name = "both" };
        var error = Assert.ThrowsExactly<LayerShapeException>(() => layer.ComputeOutputShapes([new Shape(4, 2)]));
        StringAssert.Contains(error.Message, "Bidirectional 'both'");
        StringAssert.Contains(error.Message, "[2] and [3]");
        Assert.AreEqual(new Shape(5), new Bidirectional(new LSTM(2), backwardLayer: new LSTM(3, goBackwards: true)).ComputeOutputShapes([new Shape(4, 2)])[0]);
    }
}
