using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Recurrent()
    {
        (int[], string)[] errors = [([4], "Reshape"), ([4], "[steps, features]"), ([2, 3, 4], "[steps, features]")];
        yield return new("SimpleRNN", () => new SimpleRNN(3), [4, 2], [1, 1]) { Errors = errors, Masked = true };
        yield return new("LSTM", () => new LSTM(3), [4, 2], [1, 1]) { Errors = errors, Masked = true };
        yield return new("GRU", () => new GRU(3), [4, 2], [1, 1]) { Errors = errors, Masked = true };
        yield return new("GRU, reset before", () => new GRU(3, resetAfter: false), [4, 2], [1, 1]) { Masked = true };
        yield return new("LSTM, no unit forget bias", () => new LSTM(1, unitForgetBias: false), [2, 3]);

        foreach (bool sequences in new[] { false, true })
        {
            foreach (bool backwards in new[] { false, true })
            {
                string suffix = $", {(sequences ? "sequences" : "last")}, {(backwards ? "backwards" : "forwards")}, no bias";
                yield return new($"SimpleRNN{suffix}", () => new SimpleRNN(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]) { Masked = true };
                yield return new($"LSTM{suffix}", () => new LSTM(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]) { Masked = true };
                yield return new($"GRU{suffix}", () => new GRU(2, useBias: false, returnSequences: sequences, goBackwards: backwards), [4, 3]) { Masked = true };
                yield return new(
                    $"GRU, reset before{suffix}",
                    () => new GRU(2, useBias: false, returnSequences: sequences, goBackwards: backwards, resetAfter: false), [4, 3])
                { Masked = true };
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
    }
}
