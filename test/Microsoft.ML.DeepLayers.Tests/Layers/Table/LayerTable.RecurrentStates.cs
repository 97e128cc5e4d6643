using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    /// <summary>States in and out, dropout, and what becomes of masked steps.</summary>
    private static IEnumerable<LayerInfo> RecurrentStates()
    {
        foreach (bool sequences in new[] { false, true })
        {
            foreach (bool backwards in new[] { false, true })
            {
                string suffix = $", {(sequences ? "sequences" : "last")}, {(backwards ? "backwards" : "forwards")}";
                yield return new($"SimpleRNN, states{suffix}", () => new SimpleRNN(2, returnSequences: sequences, returnState: true, goBackwards: backwards))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2]]],
                    Masked = true,
                };
                yield return new($"LSTM, states{suffix}", () => new LSTM(2, returnSequences: sequences, returnState: true, goBackwards: backwards))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2], [2]]],
                    Masked = true,
                };
                yield return new($"GRU, states{suffix}", () => new GRU(2, returnSequences: sequences, returnState: true, goBackwards: backwards))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2]]],
                    Masked = true,
                };
                yield return new(
                    $"GRU, reset before, states{suffix}",
                    () => new GRU(2, returnSequences: sequences, returnState: true, goBackwards: backwards, resetAfter: false))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2]]],
                    Masked = true,
                };
                yield return new(
                    $"LSTM, step by step, states{suffix}",
                    () => new LSTM(2, Activation.Softsign, returnSequences: sequences, returnState: true, goBackwards: backwards, zeroOutputForMask: true))
                {
                    InputSets = [[[3, 2]], [[3, 2], [2], [2]]],
                    Masked = true,
                };
                yield return new($"GRU, zero output{suffix}", () => new GRU(2, returnSequences: sequences, goBackwards: backwards, zeroOutputForMask: true))
                {
                    InputSets = [[[4, 2]], [[4, 2], [2]]],
                    Masked = true,
                };
            }
        }

        yield return new("LSTM, states in", () => new LSTM(2, useBias: false))
        {
            InputSets = [[[3, 2], [2], [2]]],
            ErrorSets =
            [
                ([[3, 2], [2]], "exactly one input, or 3"),
                ([[3, 2], [2], [3]], "states of shape [2], [2]"),
                ([[3, 2], [2], [2], [2]], "exactly one input, or 3"),
            ],
        };
        yield return new("SimpleRNN, dropout", () => new SimpleRNN(2, dropout: 0.4f), [3, 2]) { Masked = true };
        yield return new("LSTM, dropout", () => new LSTM(2, dropout: 0.4f), [3, 2]) { Masked = true };
        yield return new("GRU, dropout", () => new GRU(2, dropout: 0.4f), [3, 2]);
        yield return new("SimpleRNN, recurrent dropout", () => new SimpleRNN(2, recurrentDropout: 0.4f, returnSequences: true), [3, 2]) { Masked = true };
        yield return new("LSTM, both dropouts", () => new LSTM(2, dropout: 0.3f, recurrentDropout: 0.4f, returnSequences: true), [3, 2]) { Masked = true };
        yield return new("GRU, both dropouts", () => new GRU(2, dropout: 0.3f, recurrentDropout: 0.4f), [3, 2]) { Masked = true };
        yield return new("GRU, reset before, both dropouts", () => new GRU(2, dropout: 0.3f, recurrentDropout: 0.4f, resetAfter: false), [3, 2]);
    }

    private static IEnumerable<LayerInfo> BothDirections()
    {
        foreach (MergeMode mode in Enum.GetValues<MergeMode>())
        {
            yield return new($"Bidirectional, LSTM, {mode}", () => new Bidirectional(new LSTM(2), mode), [3, 2]) { Masked = true };
            yield return new($"Bidirectional, GRU, sequences, {mode}", () => new Bidirectional(new GRU(2, returnSequences: true), mode), [3, 2]) { Masked = true };
            yield return new($"Bidirectional, SimpleRNN, states, {mode}", () => new Bidirectional(new SimpleRNN(2, returnSequences: true, returnState: true), mode))
            {
                InputSets = [[[3, 2]], [[3, 2], [2], [2]]],
                Masked = true,
            };
        }

        yield return new("Bidirectional, backwards first", () => new Bidirectional(new SimpleRNN(2, returnSequences: true, goBackwards: true)), [3, 2])
        {
            Errors = [([4], "SimpleRNN")],
            Masked = true,
        };
        yield return new("Bidirectional, step by step", () => new Bidirectional(new GRU(2, resetAfter: false, returnSequences: true)), [3, 2]);
        yield return new(
            "Bidirectional, two layers",
            () => new Bidirectional(new LSTM(2, returnState: true), backwardLayer: new SimpleRNN(1, Activation.ReLU, returnState: true, goBackwards: true)))
        {
            InputSets = [[[3, 2]], [[3, 2], [2], [2], [1]]],
            Masked = true,
        };
        yield return new("Bidirectional, sum", () => new Bidirectional(new LSTM(2), MergeMode.Sum, new GRU(2, goBackwards: true)), [3, 2]);
    }
}
