using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The positions of an example: all its axes but the last one, the channels. What layers that work along them share: ONNX
/// nodes that do not care whether the channels come first or last.
/// </summary>
internal static class Positions
{
    /// <summary>The shape of one example of a tensor.</summary>
    public static Shape OfExample(long[] shape) => new([.. shape.Skip(1).Select(length => checked((int)length))]);

    /// <summary>Where a value's axes of positions begin, in the layout that it is in.</summary>
    public static int FirstAxis(this OnnxValue value) => value.ChannelsFirst ? 2 : 1;

    /// <summary>One entry an axis, in the layout that the value is in.</summary>
    public static T[] ByAxis<T>(this OnnxValue value, T batch, IEnumerable<T> positions, T channels) =>
        value.ChannelsFirst ? [batch, channels, .. positions] : [batch, .. positions, channels];

    /// <summary>Adds a node whose output is in the layout of its first input.</summary>
    public static OnnxValue PositionsNode(
        this OnnxGraphBuilder onnx, string operation, IReadOnlyList<OnnxValue?> inputs, Shape outputShape, params OnnxAttribute[] attributes) =>
        inputs[0]!.ChannelsFirst
            ? onnx.ChannelsFirstNode(operation, inputs, outputShape, attributes)
            : onnx.Node(operation, inputs, outputShape, attributes);
}
