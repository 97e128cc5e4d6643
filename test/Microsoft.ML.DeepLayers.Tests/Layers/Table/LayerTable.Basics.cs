using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Basics()
    {
        yield return new("Input", () => new Input(2, 3), [2, 3]) { Errors = [([5], "6 values")], FixedLength = true };
        yield return new("Dense", () => new Dense(4), [3]) { Errors = [([], "[..., features]")] };
        yield return new("Dense, steps", () => new Dense(4), [2, 3]);
        yield return new("Dense, no bias, tanh", () => new Dense(4, Activation.Tanh, useBias: false), [2, 3]);
        yield return new("Dense, softmax", () => new Dense(4, Activation.Softmax), [3]);

        foreach ((string name, Activation activation) in Activations)
        {
            yield return new($"ActivationLayer, {name}", () => new ActivationLayer(activation), [3, 4]);
        }

        yield return new("Dropout", () => new Dropout(0.4f), [4, 3]);
        yield return new("Dropout, rate 0", () => new Dropout(0), [4]);

        var branches = new Input();
        var network = new Network(branches, new Dense(2).Apply(new Dense(3, Activation.Tanh).Apply(branches)));
        yield return new("NetworkLayer", () => new NetworkLayer(network), [4], [2, 3]) { ErrorSets = [([[4], [4]], "1 input(s)")] };
        yield return new("NetworkLayer, sequential", () => new NetworkLayer(new Sequential { new Conv1D(2, 2), new LSTM(2) }), [4, 3]);

        yield return new("Flatten", () => new Flatten(), [2, 3, 2], [5], []);
        yield return new("Reshape", () => new Reshape(3, 4), [2, 6], [12]) { Errors = [([2, 5], "needs"), ([2, 5], "12")] };
        yield return new("Reshape, -1", () => new Reshape(2, -1, 3), [3, 4], [6]) { Errors = [([10], "multiple of 6"), ([10], "[10]")] };
        yield return new("Permute", () => new Permute(2, 1), [3, 4]) { Errors = [([3], "2 dimensions")] };
        yield return new("Permute, three", () => new Permute(3, 1, 2), [2, 3, 4]);

        yield return new("BatchNormalization", () => new BatchNormalization(), [4], [2, 3, 2]) { Errors = [([], "[..., channels]")] };
        yield return new("BatchNormalization, steps", () => new BatchNormalization(momentum: 0.5f, epsilon: 0.1f), [3, 4]);
        yield return new("BatchNormalization, no scale", () => new BatchNormalization(scale: false), [3, 2]);
        yield return new("BatchNormalization, no center", () => new BatchNormalization(center: false), [2, 2, 2]);
        yield return new("BatchNormalization, neither", () => new BatchNormalization(center: false, scale: false), [4]);

        yield return new("Embedding", () => new Embedding(7, 3), [4], [2, 3], []) { Indices = 7 };
    }
}
