using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Networks for which it is not plain that a second computation is the same as the first.</summary>
internal static class RematerializedNetworks
{
    internal static Network PerceptronWithDropout() => new Sequential
    {
        new Input(6), new Dense(8, Activation.ReLU), new Dropout(0.5f), new Dense(8, Activation.Tanh), new GaussianNoise(0.3f), new Dense(5), new AlphaDropout(0.2f), new Dense(1),
    };

    internal static Network ConvolutionWithBatchNormalization() => new Sequential
    {
        new Input(6, 5, 2), new Conv2D(3, 3, padding: Padding.Same), new BatchNormalization(), new ReLU(), new SpatialDropout2D(0.3f), new MaxPooling2D(2),
        new Conv2D(4, 2), new BatchNormalization(momentum: 0.5f), new ReLU(), new GlobalAveragePooling2D(), new Dense(1),
    };

    /// <summary>Values that three layers in different segments read.</summary>
    internal static Network Residual()
    {
        var input = new Input(6);
        LayerOutput start = new Dense(6, Activation.Tanh).Apply(input), x = start;
        for (int i = 0; i < 4; i++)
        {
            LayerOutput inner = new Dropout(0.1f).Apply(new Dense(6, Activation.ReLU).Apply(x));
            x = new Add().Apply(x, new LayerNormalization().Apply(inner), start);
        }

        return new Network(input, new Dense(1).Apply(new Concatenate().Apply(x, start)));
    }

    internal static Network MaskedRecurrent() => new Sequential
    {
        new Input(5, 3), new Masking(), new LSTM(4, returnSequences: true, dropout: 0.2f, recurrentDropout: 0.2f), new BatchNormalization(),
        new Bidirectional(new GRU(3, returnSequences: true)), new SimpleRNN(3), new Dense(1),
    };

    internal static Network Transformer() => new Sequential
    {
        new Input(4, 6), new TransformerEncoder(12, 2, dropout: 0.2f), new TransformerEncoder(12, 2, dropout: 0.2f), new GlobalMaxPooling1D(), new Dense(1),
    };

    /// <summary>One layer three times, with a regularizer: gradients of four places add up.</summary>
    internal static Network Shared()
    {
        var input = new Input(4);
        var dense = new Dense(4, Activation.Tanh, kernelRegularizer: new L2(0.01f));
        LayerOutput x = dense.Apply(input);
        x = new Dropout(0.2f).Apply(dense.Apply(x));
        x = dense.Apply(dense.Apply(new ActivationLayer(Activation.ELU()).Apply(x)));
        return new Network(input, new Dense(1).Apply(dense.Apply(x)));
    }

    internal static Network TwoInputsAndOutputs()
    {
        Input a = new(4), b = new(3);
        LayerOutput left = new Dense(5, Activation.Tanh).Apply(a);
        LayerOutput first = new Dense(1).Apply(new Dropout(0.2f).Apply(left));
        LayerOutput right = new Dense(5, Activation.ReLU).Apply(b);
        LayerOutput both = new Dense(4, Activation.Tanh).Apply(new Multiply().Apply(left, right));
        return new Network([a, b], [first, new Dense(1).Apply(both)]);
    }

    /// <summary>What layers, outputs and weights add to the loss; an output of the network that is in the middle of it.</summary>
    internal static Network AddedLosses()
    {
        var input = new Input(6);
        LayerOutput x = new Dense(6, Activation.Tanh) { ActivityRegularizer = new L1(0.01f) }.Apply(input);
        x = new ActivityRegularization(l1: 0.02f, l2: 0.03f).Apply(x);
        LayerOutput middle = new Dense(1, kernelRegularizer: new L2(0.05f)).Apply(x);
        return new Network([input], [middle, new Dense(1).Apply(new Dense(3, Activation.ReLU, kernelRegularizer: new L1(0.01f)).Apply(new Concatenate().Apply(x, middle)))]);
    }

    internal static Network Spectral() => new Sequential
    {
        new Input(4), new SpectralNormalization(new Dense(5, Activation.Tanh)), new Dense(5, Activation.Tanh), new SpectralNormalization(new Dense(3)), new Dense(1),
    };

    /// <summary>Frozen layers in front and in the middle; a frozen batch normalization.</summary>
    internal static Network Frozen() => new Sequential
    {
        new Input(6), new Dense(6, Activation.ReLU) { Trainable = false }, new ReLU(), new Dense(5, Activation.Tanh), new BatchNormalization { Trainable = false },
        new Dense(5, Activation.Tanh) { Trainable = false }, new Dropout(0.1f), new Dense(1),
    };

    /// <summary>Layers that change what they remember, that draw from libtorch's own generator, and that write into their inputs.</summary>
    internal static Network OfOthers()
    {
        Network.RegisterModule("tests/rematerialized", Module);
        return new Sequential
        {
            new Input(6), new ModuleLayer("tests/rematerialized"), new Drifting(), new ModuleLayer("tests/rematerialized"), new Dense(4, Activation.Tanh), new Dense(1),
        };
    }

    private static nn.Module<Tensor, Tensor> Module() => nn.Sequential(nn.ReLU(inplace: true), nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.5));

    /// <summary>A layer of an application's whose output depends on how many batches it has seen.</summary>
    internal sealed record Drifting : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => input;

        public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("count", new Shape(1), Constant.Ones) { Trainable = false }];

        public override TensorFunction Build(LayerBuilder builder, Shape input)
        {
            Tensor count = builder.Weight("count");
            return (x, context) =>
            {
                if (context.Training)
                {
                    count.add_(1);
                }

                return x.mul(count.log1p());
            };
        }

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException();
    }
}
