using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Multiplies each channel (last axis) by a trained number that starts small, so that a residual branch begins as almost
/// nothing (Touvron et al. 2021).
/// <para>Input and output <c>[batch, ..., channels]</c>, the same shape. Weight: <c>gamma [channels]</c>.</para>
/// <para>Keras: <c>LayerScale</c> (of keras.applications); ONNX: Mul.</para>
/// </summary>
/// <example><c>new Add().Apply(x, new LayerScale().Apply(branch))</c>.</example>
public sealed record LayerScale : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="initValues">What gamma starts with; finite. Default: 10⁻⁶, as in ConvNeXt.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public LayerScale(float initValues = 1e-6f) => InitValues = float.IsFinite(initValues)
        ? initValues
        : throw new ArgumentOutOfRangeException(nameof(initValues), initValues, "The value that gamma starts with must be finite.");

    /// <summary>What gamma starts with.</summary>
    public float InitValues { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.Rank >= 1 && input[-1] != Shape.Variable
        ? input
        : throw new LayerShapeException(this, [input], "an input of shape [..., channels]");

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("gamma", new Shape(input[-1]), new Constant(InitValues))];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor gamma = builder.Weight("gamma");
        return (x, _) => x.mul(gamma);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue gamma = onnx.Weight("gamma");
        if (!input.ChannelsFirst)
        {
            return onnx.Node("Mul", [input, gamma], input.Shape);
        }

        // One number for each channel, over all positions.
        long[] spread = [-1, .. Enumerable.Repeat(1L, input.Shape.Rank - 1)];
        return onnx.ChannelsFirstNode("Mul", [input, onnx.Node("Reshape", [gamma, onnx.Constant(spread)], default)], input.Shape);
    }
}
