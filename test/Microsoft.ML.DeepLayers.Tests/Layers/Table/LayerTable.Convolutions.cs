using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Convolutions()
    {
        yield return new("Conv1D", () => new Conv1D(3, kernelSize: 2), [5, 2])
        {
            Errors = [([1, 2], "2 positions where the input has 1"), ([5], "[steps, channels]"), ([5, 2, 1], "[steps, channels]")],
        };
        yield return new("Conv1D, same, even kernel", () => new Conv1D(3, 4, padding: Padding.Same), [5, 2]);
        yield return new("Conv1D, same, strides", () => new Conv1D(2, 3, strides: 2, padding: Padding.Same), [6, 2], [5, 2], [1, 1]);
        yield return new("Conv1D, strides above kernel", () => new Conv1D(2, 1, strides: 3, padding: Padding.Same), [5, 2], [7, 2]);
        yield return new("Conv1D, same, strides above kernel, 2 steps", () => new Conv1D(2, 2, strides: 3, padding: Padding.Same), [5, 2], [6, 2], [7, 2]);
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
}
