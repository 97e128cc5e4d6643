using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> SeparableConvolutions()
    {
        yield return new("DepthwiseConv1D", () => new DepthwiseConv1D(kernelSize: 2), [5, 3])
        {
            Errors = [([1, 2], "2 positions where the input has 1"), ([5], "[steps, channels]"), ([5, 2, 1], "[steps, channels]")],
        };
        yield return new("DepthwiseConv1D, multiplied", () => new DepthwiseConv1D(3, depthMultiplier: 3), [4, 2], [3, 1]);
        yield return new("DepthwiseConv1D, same, strides", () => new DepthwiseConv1D(3, strides: 2, padding: Padding.Same), [6, 2], [5, 2], [1, 1]);
        yield return new("DepthwiseConv1D, causal, dilated", () => new DepthwiseConv1D(2, padding: Padding.Causal, dilationRate: 2), [5, 2]);
        yield return new("DepthwiseConv1D, tanh, no bias", () => new DepthwiseConv1D(2, activation: Activation.Tanh, useBias: false), [4, 2]);

        yield return new("DepthwiseConv2D", () => new DepthwiseConv2D(kernelSize: (2, 3)), [3, 4, 2])
        {
            Errors = [([1, 3, 2], "2 positions where the input has 1"), ([4, 3], "Reshape(4, 3, 1)"), ([9], "[height, width, channels]")],
        };
        yield return new("DepthwiseConv2D, multiplied", () => new DepthwiseConv2D(2, depthMultiplier: 2), [3, 3, 2], [2, 2, 1]);
        yield return new("DepthwiseConv2D, same, strides", () => new DepthwiseConv2D(3, strides: (1, 2), padding: Padding.Same), [3, 4, 2], [2, 5, 1]);
        yield return new("DepthwiseConv2D, same, even kernel", () => new DepthwiseConv2D((2, 4), padding: Padding.Same), [3, 3, 2]);
        yield return new("DepthwiseConv2D, dilated", () => new DepthwiseConv2D(2, dilationRate: (1, 2), depthMultiplier: 2), [2, 4, 2]);
        yield return new("DepthwiseConv2D, relu, no bias", () => new DepthwiseConv2D(2, activation: Activation.ReLU, useBias: false), [3, 3, 2]);

        yield return new("SeparableConv1D", () => new SeparableConv1D(3, kernelSize: 2), [5, 2])
        {
            Errors = [([1, 2], "2 positions where the input has 1"), ([5], "[steps, channels]"), ([5, 2, 1], "[steps, channels]")],
        };
        yield return new("SeparableConv1D, multiplied", () => new SeparableConv1D(2, 2, depthMultiplier: 3), [4, 2], [2, 1]);
        yield return new("SeparableConv1D, same, strides", () => new SeparableConv1D(2, 3, strides: 2, padding: Padding.Same), [6, 2], [5, 2], [1, 1]);
        yield return new("SeparableConv1D, causal, dilated", () => new SeparableConv1D(2, 2, padding: Padding.Causal, dilationRate: 2), [5, 2]);
        yield return new("SeparableConv1D, tanh, no bias", () => new SeparableConv1D(2, 2, activation: Activation.Tanh, useBias: false), [4, 2]);

        yield return new("SeparableConv2D", () => new SeparableConv2D(2, kernelSize: (2, 3)), [3, 4, 2])
        {
            Errors = [([1, 3, 2], "2 positions where the input has 1"), ([4, 3], "Reshape(4, 3, 1)"), ([9], "[height, width, channels]")],
        };
        yield return new("SeparableConv2D, multiplied", () => new SeparableConv2D(3, 2, depthMultiplier: 2), [3, 3, 2], [2, 2, 1]);
        yield return new("SeparableConv2D, same, strides", () => new SeparableConv2D(1, 3, strides: (1, 2), padding: Padding.Same), [3, 4, 2], [2, 5, 1]);
        yield return new("SeparableConv2D, dilated", () => new SeparableConv2D(2, 2, dilationRate: (1, 2)), [2, 4, 2]);
        yield return new("SeparableConv2D, softmax, no bias", () => new SeparableConv2D(3, 2, activation: Activation.Softmax, useBias: false), [3, 3, 2]);
    }
}
