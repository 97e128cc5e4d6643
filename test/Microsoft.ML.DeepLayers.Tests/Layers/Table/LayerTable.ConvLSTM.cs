using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> ConvolutionalLSTM()
    {
        yield return new("ConvLSTM1D", () => new ConvLSTM1D(1, 2), [3, 3, 1], [1, 2, 2])
        {
            Masked = true,
            Errors = [([3, 3], "[steps, length, channels]"), ([3, 1, 1], "Padding.Same"), ([2, 3, 3, 1], "[steps, length, channels]")],
        };
        yield return new("ConvLSTM2D", () => new ConvLSTM2D(1, 2), [3, 3, 2, 1])
        {
            Masked = true,
            Errors = [([3, 3, 2], "[steps, height, width, channels]"), ([3, 1, 3, 1], "Padding.Same"), ([Shape.Variable, 3, 3, 1], "fixed")],
        };
        yield return new("ConvLSTM1D, strides", () => new ConvLSTM1D(1, 3, strides: 2, padding: Padding.Same, useBias: false), [2, 5, 2]);
        yield return new("ConvLSTM1D, dilation", () => new ConvLSTM1D(1, 2, dilationRate: 2, activation: Activation.ReLU), [2, 5, 1]);
        yield return new("ConvLSTM2D, strides", () => new ConvLSTM2D(1, (3, 2), strides: (2, 1), padding: Padding.Same, useBias: false), [2, 3, 2, 1]);
        yield return new("ConvLSTM2D, dilation", () => new ConvLSTM2D(1, 2, dilationRate: (2, 1), unitForgetBias: false), [2, 3, 2, 1]);
        yield return new("ConvLSTM1D, softmax", () => new ConvLSTM1D(2, 1, recurrentActivation: Activation.Softmax, activation: Activation.Softsign), [2, 2, 1]);
        yield return new("ConvLSTM1D, dropout", () => new ConvLSTM1D(1, 2, dropout: 0.3f), [2, 3, 2]) { Masked = true };
        yield return new("ConvLSTM1D, recurrent dropout", () => new ConvLSTM1D(1, 2, padding: Padding.Same, recurrentDropout: 0.4f), [3, 2, 1]);
        yield return new("ConvLSTM2D, both dropouts", () => new ConvLSTM2D(1, (1, 2), padding: Padding.Same, dropout: 0.3f, recurrentDropout: 0.4f), [2, 1, 3, 1]);
        foreach (bool sequences in new[] { false, true })
        {
            foreach (bool backwards in new[] { false, true })
            {
                string suffix = $", {(sequences ? "sequences" : "last")}, {(backwards ? "backwards" : "forwards")}";
                yield return new($"ConvLSTM1D, states{suffix}", () => new ConvLSTM1D(2, 2, returnSequences: sequences, returnState: true, goBackwards: backwards))
                {
                    InputSets = [[[3, 3, 1]], [[3, 3, 1], [2, 2], [2, 2]]],
                    Masked = true,
                };
                yield return new(
                    $"ConvLSTM2D, zero output{suffix}",
                    () => new ConvLSTM2D(1, 1, returnSequences: sequences, goBackwards: backwards, zeroOutputForMask: true))
                {
                    InputSets = [[[3, 1, 2, 1]], [[3, 1, 2, 1], [1, 2, 1], [1, 2, 1]]],
                    Masked = true,
                    ErrorSets = [([[3, 1, 2, 1], [1, 2, 1], [1, 1, 1]], "states of shape [1, 2, 1], [1, 2, 1]")],
                };
            }
        }

        yield return new("Bidirectional, ConvLSTM", () => new Bidirectional(new ConvLSTM1D(1, 2, padding: Padding.Same, returnSequences: true)), [2, 3, 1])
        {
            Masked = true,
        };
    }
}
