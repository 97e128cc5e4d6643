using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds steps of zeros at the beginning and the end of a sequence.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, begin + steps + end, channels]</c>. A mask ends here.</para>
/// <para>Keras: <c>ZeroPadding1D</c>; ONNX: Pad.</para>
/// </summary>
/// <example><c>new ZeroPadding1D((1, 2))</c> turns <c>[10, 4]</c> into <c>[13, 4]</c>.</example>
public sealed record ZeroPadding1D : ZeroPaddingLayer
{
    /// <summary>Creates the layer; it adds one step at either end.</summary>
    public ZeroPadding1D()
        : this(1)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="padding">The number of steps to add: <c>1</c> at either end, or <c>(1, 2)</c> at the beginning and the end.</param>
    [JsonConstructor]
    public ZeroPadding1D(Margin padding) => Padding = padding;

    /// <summary>The number of steps that are added.</summary>
    public Margin Padding { get; }

    private protected override Margin[] Margins => [Padding];
}
