using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Convolutions3D()
    {
        yield return new("Conv3D", () => new Conv3D(2, kernelSize: 2), [3, 2, 3, 2])
        {
            Errors =
            [
                ([2, 1, 3, 2], "2 positions where the input has 1"), ([2, 2, 2], "Reshape(2, 2, 2, 1)"), ([9], "Input or Reshape"),
                ([9, 2], "[depth, height, width, channels]"),
            ],
        };
        yield return new("Conv3D, one channel", () => new Conv3D(1, (1, 2, 3)), [2, 3, 4, 1]);
        yield return new("Conv3D, 1 by 1 by 1", () => new Conv3D(2, 1), [2, 1, 3, 2]);
        yield return new("Conv3D, same", () => new Conv3D(1, (3, 1, 5), padding: Padding.Same), [3, 2, 3, 1], [1, 1, 1, 1]);
        yield return new("Conv3D, same, even kernel", () => new Conv3D(1, (2, 3, 4), padding: Padding.Same), [2, 3, 3, 1]);
        yield return new("Conv3D, same, strides", () => new Conv3D(1, 3, strides: (2, 1, 3), padding: Padding.Same), [3, 2, 4, 1], [4, 2, 3, 1]);
        yield return new("Conv3D, strides", () => new Conv3D(2, (2, 1, 2), strides: (1, 2, 3)), [2, 3, 5, 1]);
        yield return new("Conv3D, dilated", () => new Conv3D(1, 2, dilationRate: (1, 2, 3)), [2, 3, 4, 2]);
        yield return new("Conv3D, same, dilated", () => new Conv3D(1, 2, padding: Padding.Same, dilationRate: (2, 1, 2)), [3, 2, 3, 1]);
        yield return new("Conv3D, groups, tanh, no bias", () => new Conv3D(4, (1, 2, 1), groups: 2, activation: Activation.Tanh, useBias: false), [2, 2, 1, 4])
        {
            Errors = [([2, 2, 2, 3], "multiple of groups (2)")],
        };
        yield return new("Conv3D, a group each", () => new Conv3D(2, 2, groups: 2), [2, 3, 2, 2]);
        yield return new("Conv3D, softmax", () => new Conv3D(3, (1, 1, 2), activation: Activation.Softmax), [2, 1, 3, 2]);
    }
}
