using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> RecurrentCells()
    {
        yield return new("SimpleRNNCell", () => new SimpleRNNCell(2))
        {
            InputSets = [[[3], [2]]],
            ErrorSets = [([[3]], "RNN"), ([[4, 3], [2]], "an input of shape [features]"), ([[3], [3]], "states of shape [2]")],
        };
        yield return new("SimpleRNNCell, no bias", () => new SimpleRNNCell(2, Activation.Sigmoid, useBias: false)) { InputSets = [[[3], [2]]] };
        yield return new("LSTMCell", () => new LSTMCell(2)) { InputSets = [[[3], [2], [2]]] };
        yield return new("LSTMCell, activations", () => new LSTMCell(2, Activation.ELU(0.7f), Activation.Softsign, dropout: 0.3f)) { InputSets = [[[3], [2], [2]]] };
        yield return new("LSTMCell, no unit forget bias", () => new LSTMCell(1, useBias: false, unitForgetBias: false)) { InputSets = [[[2], [1], [1]]] };
        yield return new("GRUCell", () => new GRUCell(2)) { InputSets = [[[3], [2]]] };
        yield return new("GRUCell, reset before", () => new GRUCell(2, resetAfter: false, recurrentDropout: 0.3f)) { InputSets = [[[3], [2]]] };
        yield return new("StackedRNNCells", () => new StackedRNNCells(new LSTMCell(2), new GRUCell(1), new SimpleRNNCell(2)))
        {
            InputSets = [[[3], [2], [2], [1], [2]]],
            ErrorSets = [([[3]], "4 states"), ([[3], [2], [2], [1]], "RNN")],
        };
        yield return new("StackedRNNCells, one", () => new StackedRNNCells(new GRUCell(2, resetAfter: false))) { InputSets = [[[3], [2]]] };
    }

    private static IEnumerable<LayerInfo> OverCells()
    {
        yield return new("RNN, SimpleRNN", () => new RNN(new SimpleRNNCell(2)), [4, 2])
        {
            Masked = true,
            Errors = [([4], "[steps, features]")],
        };
        foreach (bool sequences in new[] { false, true })
        {
            foreach (bool backwards in new[] { false, true })
            {
                string suffix = $", {(sequences ? "sequences" : "last")}, {(backwards ? "backwards" : "forwards")}";
                yield return new($"RNN, LSTM{suffix}", () => new RNN(new LSTMCell(2), sequences, returnState: true, backwards))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2], [2]]],
                    Masked = true,
                };
                yield return new(
                    $"RNN, stack{suffix}",
                    () => new RNN(new StackedRNNCells(new LSTMCell(1), new GRUCell(2)), sequences, goBackwards: backwards), [4, 2])
                {
                    Masked = true,
                };
                yield return new(
                    $"RNN, stack, states{suffix}",
                    () => new RNN(new StackedRNNCells(new GRUCell(2), new LSTMCell(1)), sequences, returnState: true, backwards, zeroOutputForMask: true))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2], [1], [1]]],
                    Masked = true,
                };
            }
        }

        yield return new("RNN, dropouts", () => new RNN(new StackedRNNCells(new LSTMCell(2, dropout: 0.3f), new GRUCell(2, recurrentDropout: 0.3f))), [3, 2]);
        yield return new("Bidirectional, RNN", () => new Bidirectional(new RNN(new StackedRNNCells(new GRUCell(2), new SimpleRNNCell(2)), returnSequences: true)), [3, 2])
        {
            Masked = true,
        };
    }

    private static IEnumerable<LayerInfo> EachStep()
    {
        yield return new("TimeDistributed, Dense", () => new TimeDistributed(new Dense(3, Activation.Tanh)), [3, 2], [2, 2, 2])
        {
            Errors = [([4], "[steps, ...]")],
        };
        yield return new("TimeDistributed, Conv2D", () => new TimeDistributed(new Conv2D(2, 2, padding: Padding.Same, activation: Activation.ReLU)), [2, 3, 2, 1]);
        yield return new("TimeDistributed, MaxPooling1D", () => new TimeDistributed(new MaxPooling1D(2)), [2, 4, 2]);
        yield return new("TimeDistributed, Flatten", () => new TimeDistributed(new Flatten()), [3, 2, 2]);
        yield return new("TimeDistributed, BatchNormalization", () => new TimeDistributed(new BatchNormalization()), [3, 2]);
        yield return new("TimeDistributed, LSTM", () => new TimeDistributed(new LSTM(2)), [2, 3, 2]);
        yield return new("TimeDistributed, Dropout", () => new TimeDistributed(new Dropout(0.4f)), [3, 2]);
    }
}
