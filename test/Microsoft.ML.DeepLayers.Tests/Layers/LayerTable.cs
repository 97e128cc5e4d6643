using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// The table of layers. Every public layer needs a row, and every option that changes what is computed. Rows are small,
/// because gradients are checked number by number.
/// </summary>
public static class LayerTable
{
    private static readonly Dictionary<string, LayerInfo> Rows =
        Basics().Concat(Convolutions()).Concat(Poolings()).Concat(Recurrent()).ToDictionary(row => row.Name);

    public static IEnumerable<LayerInfo> All => Rows.Values;

    /// <summary>The names of all rows, as test data: tests are then listed and filtered by name.</summary>
    public static IEnumerable<string> Names => Rows.Keys;

    public static LayerInfo Row(string name) => Rows[name];

    private static IEnumerable<LayerInfo> Basics()
    {
        yield return new("Input", () => new Input(2, 3), [2, 3]) { Errors = [([5], "6 values")] };
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

    private static IEnumerable<LayerInfo> Convolutions()
    {
        yield return new("Conv1D", () => new Conv1D(3, kernelSize: 2), [5, 2])
        {
            Errors = [([1, 2], "2 positions where the input has 1"), ([5], "[steps, channels]"), ([5, 2, 1], "[steps, channels]")],
        };
        yield return new("Conv1D, same, even kernel", () => new Conv1D(3, 4, padding: Padding.Same), [5, 2]);
        yield return new("Conv1D, same, strides", () => new Conv1D(2, 3, strides: 2, padding: Padding.Same), [6, 2], [5, 2], [1, 1]);
        yield return new("Conv1D, strides above kernel", () => new Conv1D(2, 1, strides: 3, padding: Padding.Same), [5, 2], [7, 2]);
        yield return new("Conv1D, causal", () => new Conv1D(2, 3, padding: Padding.Causal), [5, 2], [1, 2]);
        yield return new("Conv1D, causal, dilated", () => new Conv1D(2, 2, padding: Padding.Causal, dilationRate: 2), [6, 1]);
        yield return new("Conv1D, causal, strides", () => new Conv1D(2, 3, strides: 2, padding: Padding.Causal), [6, 1], [5, 1]);
        yield return new("Conv1D, same, dilated", () => new Conv1D(2, 3, padding: Padding.Same, dilationRate: 2), [6, 2], [2, 2]);
        yield return new("Conv1D, dilated", () => new Conv1D(2, 3, dilationRate: 2), [6, 2]) { Errors = [([4, 2], "5 positions where the input has 4")] };
        yield return new("Conv1D, groups, tanh, no bias", () => new Conv1D(4, 2, groups: 2, activation: Activation.Tanh, useBias: false), [5, 4])
        {
            Errors = [([5, 3], "multiple of groups (2)")],
        };

        yield return new("Conv2D", () => new Conv2D(3, kernelSize: 2), [4, 3, 2])
        {
            Errors = [([1, 3, 2], "2 positions where the input has 1"), ([4, 3], "Reshape(4, 3, 1)"), ([9], "[height, width, channels]"), ([9], "Input or Reshape")],
        };
        yield return new("Conv2D, one channel", () => new Conv2D(2, 3), [4, 4, 1]);
        yield return new("Conv2D, one filter", () => new Conv2D(1, (2, 3)), [4, 4, 2]);
        yield return new("Conv2D, 1 by 1", () => new Conv2D(3, 1), [2, 3, 2]);
        yield return new("Conv2D, same", () => new Conv2D(2, (3, 5), padding: Padding.Same), [4, 5, 2], [1, 1, 2]);
        yield return new("Conv2D, same, even kernel", () => new Conv2D(2, (2, 3), padding: Padding.Same), [3, 4, 2]);
        yield return new("Conv2D, same, strides", () => new Conv2D(2, 3, strides: 2, padding: Padding.Same), [4, 4, 2], [5, 4, 1]);
        yield return new("Conv2D, uneven strides", () => new Conv2D(2, 2, strides: (1, 2), padding: Padding.Same), [3, 5, 1]);
        yield return new("Conv2D, strides", () => new Conv2D(2, 2, strides: (2, 3)), [5, 5, 2]);
        yield return new("Conv2D, dilated", () => new Conv2D(2, 2, dilationRate: (2, 1), padding: Padding.Same), [4, 3, 2]);
        yield return new("Conv2D, groups", () => new Conv2D(4, 2, groups: 2), [3, 3, 4]) { Errors = [([3, 3, 3], "multiple of groups (2)")] };
        yield return new("Conv2D, a group each", () => new Conv2D(3, (2, 1), groups: 3, useBias: false), [3, 3, 3]);
        yield return new("Conv2D, relu", () => new Conv2D(3, 2, activation: Activation.ReLU), [3, 3, 2]);
        yield return new("Conv2D, softmax", () => new Conv2D(3, 2, activation: Activation.Softmax), [3, 3, 2]);
    }

    private static IEnumerable<LayerInfo> Poolings()
    {
        yield return new("MaxPooling1D", () => new MaxPooling1D(), [5, 2])
        {
            Errors = [([1, 2], "2 positions where the input has 1"), ([5], "[steps, channels]")],
        };
        yield return new("MaxPooling1D, same", () => new MaxPooling1D(3, strides: 2, padding: Padding.Same), [6, 2], [5, 1], [1, 1]);
        yield return new("MaxPooling2D", () => new MaxPooling2D(2), [4, 5, 2])
        {
            Errors = [([4, 1, 2], "2 positions where the input has 1"), ([4, 4], "[height, width, channels]")],
        };
        yield return new("MaxPooling2D, same", () => new MaxPooling2D((2, 3), strides: 2, padding: Padding.Same), [5, 4, 2], [1, 1, 1]);
        yield return new("MaxPooling2D, overlapping", () => new MaxPooling2D(3, strides: (1, 2)), [4, 5, 2]);
        yield return new("AveragePooling1D", () => new AveragePooling1D(), [5, 2]) { Errors = [([1, 2], "2 positions where the input has 1")] };
        yield return new("AveragePooling1D, same", () => new AveragePooling1D(3, strides: 2, padding: Padding.Same), [6, 2], [5, 1], [1, 1]);
        yield return new("AveragePooling2D", () => new AveragePooling2D((2, 1)), [4, 3, 2]) { Errors = [([4, 4], "[height, width, channels]")] };
        yield return new("AveragePooling2D, same", () => new AveragePooling2D((2, 3), strides: 2, padding: Padding.Same), [5, 4, 2], [1, 1, 1]);
        yield return new("AveragePooling2D, same, even pads", () => new AveragePooling2D(3, strides: 1, padding: Padding.Same), [3, 4, 1]);
        foreach (bool keepDims in new[] { false, true })
        {
            string suffix = keepDims ? ", dimensions kept" : "";
            yield return new($"GlobalMaxPooling1D{suffix}", () => new GlobalMaxPooling1D(keepDims), [4, 2]) { Errors = [([4], "[steps, channels]")] };
            yield return new($"GlobalMaxPooling2D{suffix}", () => new GlobalMaxPooling2D(keepDims), [3, 4, 2]) { Errors = [([4, 2], "[height, width, channels]")] };
            yield return new($"GlobalAveragePooling1D{suffix}", () => new GlobalAveragePooling1D(keepDims), [4, 2]) { Errors = [([4], "[steps, channels]")] };
            yield return new($"GlobalAveragePooling2D{suffix}", () => new GlobalAveragePooling2D(keepDims), [3, 4, 2]) { Errors = [([4, 2], "[height, width, channels]")] };
        }
    }

    private static IEnumerable<LayerInfo> Recurrent()
    {
        (int[], string)[] errors = [([4], "Reshape"), ([4], "[steps, features]"), ([2, 3, 4], "[steps, features]")];
        yield return new("SimpleRNN", () => new SimpleRNN(3), [4, 2], [1, 1]) { Errors = errors };
        yield return new("LSTM", () => new LSTM(3), [4, 2], [1, 1]) { Errors = errors };
        yield return new("GRU", () => new GRU(3), [4, 2], [1, 1]) { Errors = errors };
        yield return new("GRU, reset before", () => new GRU(3, resetAfter: false), [4, 2], [1, 1]);
        yield return new("LSTM, no unit forget bias", () => new LSTM(1, unitForgetBias: false), [2, 3]);

        foreach (bool sequences in new[] { false, true })
        {
            foreach (bool backwards in new[] { false, true })
            {
                string suffix = $", {(sequences ? "sequences" : "last")}, {(backwards ? "backwards" : "forwards")}, no bias";
                yield return new($"SimpleRNN{suffix}", () => new SimpleRNN(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]);
                yield return new($"LSTM{suffix}", () => new LSTM(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]);
                yield return new($"GRU{suffix}", () => new GRU(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]);
                yield return new(
                    $"GRU, reset before{suffix}",
                    () => new GRU(2, useBias: false, returnSequences: sequences, goBackwards: backwards, resetAfter: false), [4, 3]);
            }
        }

        foreach ((string name, Activation activation) in Activations)
        {
            if (RecurrentActivations.IsKnown(activation))
            {
                yield return new($"SimpleRNN, {name}", () => new SimpleRNN(2, activation), [3, 2]);
                yield return new($"LSTM, {name}", () => new LSTM(2, activation, returnSequences: true), [3, 2]);
                yield return new($"LSTM, recurrent {name}", () => new LSTM(2, Activation.ELU(0.7f), activation), [3, 2]);
                yield return new($"GRU, {name}", () => new GRU(2, activation, returnSequences: true), [3, 2]);
                yield return new($"GRU, recurrent {name}", () => new GRU(2, Activation.LeakyReLU(0.3f), activation), [3, 2]);
                yield return new($"GRU, reset before, recurrent {name}", () => new GRU(2, Activation.Softsign, activation, resetAfter: false), [3, 2]);
            }
        }

        foreach (MergeMode mode in Enum.GetValues<MergeMode>())
        {
            yield return new($"Bidirectional, LSTM, {mode}", () => new Bidirectional(new LSTM(2), mode), [3, 2]);
            yield return new($"Bidirectional, GRU, sequences, {mode}", () => new Bidirectional(new GRU(2, returnSequences: true), mode), [3, 2]);
        }

        yield return new("Bidirectional, backwards first", () => new Bidirectional(new SimpleRNN(2, returnSequences: true, goBackwards: true)), [3, 2])
        {
            Errors = [([4], "SimpleRNN")],
        };
        yield return new("Bidirectional, step by step", () => new Bidirectional(new GRU(2, resetAfter: false, returnSequences: true)), [3, 2]);
    }

    private static IEnumerable<(string Name, Activation Activation)> Activations =>
    [
        ("linear", Activation.Linear), ("relu", Activation.ReLU), ("leaky relu", Activation.LeakyReLU(0.2f)), ("elu", Activation.ELU(1.3f)),
        ("selu", Activation.SELU), ("gelu", Activation.GELU), ("silu", Activation.SiLU), ("mish", Activation.Mish), ("sigmoid", Activation.Sigmoid),
        ("softmax", Activation.Softmax), ("softplus", Activation.Softplus), ("softsign", Activation.Softsign), ("tanh", Activation.Tanh),
    ];
}
