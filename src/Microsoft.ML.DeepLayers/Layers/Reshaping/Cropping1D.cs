using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts steps off the beginning and the end of a sequence.
/// <para>Input <c>[batch, steps, channels]</c>; output <c>[batch, steps - begin - end, channels]</c>. A mask ends here.</para>
/// <para>Keras: <c>Cropping1D</c>; ONNX: Slice.</para>
/// </summary>
/// <example><c>new Cropping1D((1, 2))</c> turns <c>[10, 4]</c> into <c>[7, 4]</c>.</example>
public sealed record Cropping1D : CroppingLayer
{
    /// <summary>Creates the layer; it cuts one step off either end.</summary>
    public Cropping1D()
        : this(1)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="cropping">The number of steps to cut off: <c>1</c> for either end, or <c>(1, 2)</c> for the beginning and the end.</param>
    [JsonConstructor]
    public Cropping1D(Margin cropping) => Cropping = cropping;

    /// <summary>The number of steps that are cut off.</summary>
    public Margin Cropping { get; }

    private protected override Margin[] Margins => [Cropping];
}
