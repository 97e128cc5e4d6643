namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>A value that flows through an ONNX graph that is being built.</summary>
public sealed class OnnxValue
{
    internal OnnxValue(string name, Shape shape, bool channelsFirst = false)
    {
        Name = name;
        Shape = shape;
        ChannelsFirst = channelsFirst;
    }

    /// <summary>
    /// The shape of one example, without the batch dimension and always channels last, whatever the layout of the data.
    /// </summary>
    public Shape Shape { get; }

    /// <summary>
    /// Which steps of a sequence count: a value of type bool, <c>[batch, steps]</c>; <see langword="null"/> where all do.
    /// The exporter sets it from <see cref="Layers.Layer.ExportMasks"/>.
    /// </summary>
    public OnnxValue? Mask { get; private init; }

    /// <summary>The name in the graph.</summary>
    internal string Name { get; }

    /// <summary>
    /// Whether the data is in ONNX's order <c>[batch, channels, ...]</c> just now. Convolutions and poolings hand it on
    /// so, and the builder transposes only where somebody needs the other order.
    /// </summary>
    internal bool ChannelsFirst { get; }

    /// <summary>The same data in the other layout, once somebody has asked for it.</summary>
    internal OnnxValue? OtherLayout { get; set; }

    /// <summary>The same value with another mask, or none: a layer may hand its input on as it is and yet end its mask.</summary>
    internal OnnxValue WithMask(OnnxValue? mask) =>
        mask == Mask ? this : new OnnxValue(Name, Shape, ChannelsFirst) { Mask = mask, OtherLayout = OtherLayout };
}
