namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>The axis of a weight along which its output channels lie: units or filters.</summary>
/// <param name="Index">Which axis.</param>
/// <param name="Count">How many channels.</param>
/// <param name="Stride">How many values lie between two channels.</param>
internal readonly record struct ChannelAxis(int Index, int Count, int Stride)
{
    internal static ChannelAxis Along(IReadOnlyList<long> dimensions, int axis) => new(
        axis, checked((int)dimensions[axis]), checked((int)dimensions.Skip(axis + 1).Aggregate(1L, (product, dimension) => product * dimension)));

    /// <summary>The channel of a value by its place in row-major order.</summary>
    internal int Of(int place) => place / Stride % Count;
}
