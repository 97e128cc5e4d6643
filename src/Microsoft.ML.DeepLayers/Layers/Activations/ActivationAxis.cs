using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>An axis as Keras counts it: from 1, the batch being 0, or from -1 backwards.</summary>
internal static class ActivationAxis
{
    /// <summary>Checks a constructor's axis.</summary>
    public static int Check(int axis, string parameter = "axis") => axis != 0
        ? axis
        : throw new ArgumentOutOfRangeException(parameter, axis, "Axis 0 is the batch: the first axis of an example is 1, the last one -1.");

    /// <summary>Where the axis is in the shape of an example.</summary>
    /// <exception cref="LayerShapeException">The input has no such axis.</exception>
    public static int Position(Layer layer, Shape input, int axis)
    {
        int position = axis < 0 ? input.Rank + axis : axis - 1;
        return position >= 0 && position < input.Rank
            ? position
            : throw new LayerShapeException(
                layer, [input], $"an input that has an axis {axis}", "Axes are counted from 1, the batch being 0, or from -1 backwards.");
    }
}
