using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> TransposedConvolutions()
    {
        yield return new("Conv1DTranspose", () => new Conv1DTranspose(3, kernelSize: 2), [4, 2], [1, 1])
        {
            Errors = [([5], "[steps, channels]"), ([5], "Reshape(5, 1)"), ([5, 2, 1], "[steps, channels]")],
        };
        yield return new("Conv1DTranspose, strides", () => new Conv1DTranspose(2, 3, strides: 2), [3, 2]);
        yield return new("Conv1DTranspose, strides above kernel", () => new Conv1DTranspose(2, 2, strides: 3), [3, 2]);
        yield return new("Conv1DTranspose, output padding", () => new Conv1DTranspose(2, 3, strides: 3, outputPadding: 1), [3, 2]);
        yield return new("Conv1DTranspose, dilated", () => new Conv1DTranspose(2, 2, dilationRate: 3), [3, 2]);
        yield return new("Conv1DTranspose, same", () => new Conv1DTranspose(2, 3, padding: Padding.Same), [3, 2], [1, 2]);
        yield return new("Conv1DTranspose, same, even kernel", () => new Conv1DTranspose(2, 4, padding: Padding.Same), [3, 2]);
        yield return new("Conv1DTranspose, same, strides", () => new Conv1DTranspose(2, 3, strides: 2, padding: Padding.Same), [3, 2], [1, 1]);
        yield return new("Conv1DTranspose, same, even kernel, strides", () => new Conv1DTranspose(2, 4, strides: 2, padding: Padding.Same), [3, 2]);
        yield return new("Conv1DTranspose, same, strides above kernel", () => new Conv1DTranspose(2, 1, strides: 3, padding: Padding.Same), [3, 2]);
        yield return new("Conv1DTranspose, same, dilated", () => new Conv1DTranspose(2, 2, padding: Padding.Same, dilationRate: 3), [4, 2]);
        yield return new("Conv1DTranspose, same, output padding 0", () => new Conv1DTranspose(2, 2, strides: 2, padding: Padding.Same, outputPadding: 0), [3, 2])
        {
            Errors = [([1, 2], "leaves none of a single position")],
        };
        yield return new("Conv1DTranspose, same, output padding 2", () => new Conv1DTranspose(2, 3, strides: 3, padding: Padding.Same, outputPadding: 2), [3, 2]);
        yield return new("Conv1DTranspose, same, output padding above kernel", () => new Conv1DTranspose(2, 1, strides: 4, padding: Padding.Same, outputPadding: 3), [3, 2]);
        yield return new("Conv1DTranspose, tanh, no bias", () => new Conv1DTranspose(2, 2, activation: Activation.Tanh, useBias: false), [3, 2]);

        yield return new("Conv2DTranspose", () => new Conv2DTranspose(2, kernelSize: (2, 3)), [2, 3, 2])
        {
            Errors = [([4, 3], "Reshape(4, 3, 1)"), ([9], "Input or Reshape"), ([9, 1, 2, 3], "[height, width, channels]")],
        };
        yield return new("Conv2DTranspose, strides", () => new Conv2DTranspose(1, 2, strides: (1, 3)), [2, 3, 2]);
        yield return new("Conv2DTranspose, output padding", () => new Conv2DTranspose(1, 2, strides: (2, 3), outputPadding: (1, 0)), [2, 2, 2]);
        yield return new("Conv2DTranspose, same, strides", () => new Conv2DTranspose(2, 3, strides: 2, padding: Padding.Same), [2, 3, 1], [1, 1, 2]);
        yield return new("Conv2DTranspose, same, uneven", () => new Conv2DTranspose(1, (4, 3), strides: (2, 3), padding: Padding.Same, outputPadding: (1, 2)), [2, 2, 2]);
        yield return new("Conv2DTranspose, same, dilated", () => new Conv2DTranspose(1, 2, padding: Padding.Same, dilationRate: (1, 2)), [2, 3, 2]);
        yield return new("Conv2DTranspose, softmax, no bias", () => new Conv2DTranspose(3, 2, activation: Activation.Softmax, useBias: false), [2, 2, 2]);

        yield return new("Conv3DTranspose", () => new Conv3DTranspose(2, kernelSize: (1, 2, 2)), [2, 1, 2, 2])
        {
            Errors = [([2, 2, 2], "Reshape(2, 2, 2, 1)"), ([9], "Input or Reshape"), ([9, 1, 2, 3, 4], "[depth, height, width, channels]")],
        };
        yield return new("Conv3DTranspose, strides", () => new Conv3DTranspose(1, 2, strides: (1, 2, 3)), [2, 1, 2, 2]);
        yield return new("Conv3DTranspose, output padding", () => new Conv3DTranspose(1, 2, strides: (3, 2, 1), outputPadding: (2, 1, 0)), [1, 2, 2, 1]);
        yield return new("Conv3DTranspose, same, strides", () => new Conv3DTranspose(1, 3, strides: (2, 3, 1), padding: Padding.Same), [2, 2, 2, 1]);
        yield return new("Conv3DTranspose, same, dilated", () => new Conv3DTranspose(1, 2, padding: Padding.Same, dilationRate: (3, 2, 1)), [2, 2, 3, 1]);
        yield return new("Conv3DTranspose, tanh, no bias", () => new Conv3DTranspose(1, 2, activation: Activation.Tanh, useBias: false), [2, 2, 1, 2]);
    }
}
