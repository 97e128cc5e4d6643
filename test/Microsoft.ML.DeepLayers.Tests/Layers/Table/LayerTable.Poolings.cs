using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
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
        yield return new("AveragePooling1D, same, stride 1", () => new AveragePooling1D(2, strides: 1, padding: Padding.Same), [4, 2]);
        yield return new("AveragePooling1D, same, stride above size", () => new AveragePooling1D(2, strides: 3, padding: Padding.Same), [5, 2], [4, 2]);
        yield return new("MaxPooling1D, same, stride above size", () => new MaxPooling1D(2, strides: 3, padding: Padding.Same), [5, 2], [6, 2])
        {
            Errors = [([Shape.Variable, 2], "known number of steps")],
        };
        yield return new("MaxPooling3D", () => new MaxPooling3D(), [2, 3, 2, 2])
        {
            Errors = [([2, 1, 2, 2], "2 positions where the input has 1"), ([4, 4, 1], "[depth, height, width, channels]")],
        };
        yield return new("MaxPooling3D, same", () => new MaxPooling3D((2, 1, 3), strides: 2, padding: Padding.Same), [3, 2, 4, 1], [1, 1, 1, 1]);
        yield return new("MaxPooling3D, same, even pads", () => new MaxPooling3D(3, strides: 1, padding: Padding.Same), [2, 3, 2, 2]);
        yield return new("MaxPooling3D, overlapping", () => new MaxPooling3D((1, 2, 2), strides: 1), [2, 3, 3, 2]);
        yield return new("AveragePooling3D", () => new AveragePooling3D((1, 2, 2)), [2, 3, 2, 2]) { Errors = [([4, 4, 1], "[depth, height, width, channels]")] };
        yield return new("AveragePooling3D, 2", () => new AveragePooling3D(), [2, 2, 4, 2]);
        yield return new("AveragePooling3D, same", () => new AveragePooling3D((2, 1, 3), strides: (2, 1, 2), padding: Padding.Same), [3, 2, 4, 1], [1, 1, 1, 1]);
        yield return new("AveragePooling3D, same, even pads", () => new AveragePooling3D(3, strides: 1, padding: Padding.Same), [2, 3, 2, 2]);
        foreach (bool keepDims in new[] { false, true })
        {
            string suffix = keepDims ? ", dimensions kept" : "";
            yield return new($"GlobalMaxPooling1D{suffix}", () => new GlobalMaxPooling1D(keepDims), [4, 2]) { Errors = [([4], "[steps, channels]")] };
            yield return new($"GlobalMaxPooling3D{suffix}", () => new GlobalMaxPooling3D(keepDims), [2, 3, 2, 2]) { Errors = [([4, 4, 2], "[depth, height, width, channels]")] };
            yield return new($"GlobalAveragePooling3D{suffix}", () => new GlobalAveragePooling3D(keepDims), [2, 3, 2, 2]) { Errors = [([4, 4, 2], "[depth, height, width, channels]")] };
            yield return new($"GlobalMaxPooling2D{suffix}", () => new GlobalMaxPooling2D(keepDims), [3, 4, 2]) { Errors = [([4, 2], "[height, width, channels]")] };
            yield return new($"GlobalAveragePooling1D{suffix}", () => new GlobalAveragePooling1D(keepDims), [4, 2])
            {
                Masked = true,
                Errors = [([4], "[steps, channels]")],
            };
            yield return new($"GlobalAveragePooling2D{suffix}", () => new GlobalAveragePooling2D(keepDims), [3, 4, 2]) { Errors = [([4, 2], "[height, width, channels]")] };
        }
    }
}
