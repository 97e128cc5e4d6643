using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings numbers to another scale: input · scale + offset.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Rescaling</c>; ONNX: Mul and Add.</para>
/// </summary>
/// <example><c>new Rescaling(1 / 127.5f, -1)</c> brings pixels from 0 to 255 to -1 to 1.</example>
public sealed record Rescaling : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="scale">What the input is multiplied by; finite.</param>
    /// <param name="offset">What is added then; finite. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale or the offset is not finite.</exception>
    public Rescaling(float scale, float offset = 0)
    {
        if (!float.IsFinite(scale))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale must be finite.");
        }

        if (!float.IsFinite(offset))
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "The offset must be finite.");
        }

        Scale = scale;
        Offset = offset;
    }

    /// <summary>What the input is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>What is added then.</summary>
    public float Offset { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) =>
        Offset == 0 ? (x, _) => x.Multiply(Scale) : (x, _) => x.Multiply(Scale).Add(Offset);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue scaled = onnx.Elementwise("Mul", input, [onnx.Constant([Scale])]);
        return Offset == 0 ? scaled : onnx.Elementwise("Add", scaled, [onnx.Constant([Offset])]);
    }
}
