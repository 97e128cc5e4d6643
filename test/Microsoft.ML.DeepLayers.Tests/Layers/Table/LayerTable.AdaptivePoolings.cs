using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> AdaptivePoolings()
    {
        foreach (bool largest in new[] { false, true })
        {
            string kind = largest ? "Max" : "Average";
            // Of lengths 6 and 4 one window slides; 5 and 7 have windows of different sizes, 3 as many as positions, 2 and 1 fewer.
            yield return new($"Adaptive{kind}Pooling1D", () => OneAxis(3), [6, 2], [4, 2], [5, 3], [7, 1], [3, 2], [2, 2], [1, 2])
            {
                Errors = [([4], "[steps, channels]"), ([Shape.Variable, 4], "known number of steps")],
            };
            yield return new($"Adaptive{kind}Pooling1D, all", () => OneAxis(1), [5, 2], [1, 2]);
            yield return new($"Adaptive{kind}Pooling2D", () => TwoAxes(2), [4, 4, 2], [5, 3, 2], [2, 2, 2], [1, 1, 3])
            {
                Errors = [([4, 4], "[height, width, channels]")],
            };
            yield return new($"Adaptive{kind}Pooling2D, two sizes", () => TwoAxes((3, 2)), [5, 4, 2], [6, 3, 2], [3, 5, 2]);
            yield return new($"Adaptive{kind}Pooling2D, uneven", () => TwoAxes((3, 4)), [5, 6, 1], [5, 4, 1], [3, 6, 2], [2, 6, 2]);
            yield return new($"Adaptive{kind}Pooling3D", () => ThreeAxes(2), [2, 4, 3, 1], [2, 2, 2, 2])
            {
                Errors = [([4, 4, 2], "[depth, height, width, channels]")],
            };
            yield return new($"Adaptive{kind}Pooling3D, uneven", () => ThreeAxes((1, 3, 4)), [2, 5, 3, 1], [1, 3, 6, 2], [2, 2, 4, 2]);

            Layer OneAxis(int size) => largest ? new AdaptiveMaxPooling1D(size) : new AdaptiveAveragePooling1D(size);
            Layer TwoAxes(Size2D size) => largest ? new AdaptiveMaxPooling2D(size) : new AdaptiveAveragePooling2D(size);
            Layer ThreeAxes(Size3D size) => largest ? new AdaptiveMaxPooling3D(size) : new AdaptiveAveragePooling3D(size);
        }
    }
}
