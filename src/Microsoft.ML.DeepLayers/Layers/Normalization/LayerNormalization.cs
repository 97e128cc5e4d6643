using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings each example, along one axis or several, to mean 0 and variance 1, then scales and shifts it place by place:
/// gamma · (x - mean) / sqrt(variance + epsilon) + beta (Ba, Kiros and Hinton 2016). Training and scoring do the same.
/// <para>Input and output <c>[batch, ...]</c>, the same shape. Gamma and beta have the lengths of the axes.</para>
/// <para>
/// The axes must be the last ones of the input. The variance is the biased one. Keras's outdated <c>rms_scaling</c> is
/// left out: see <see cref="RMSNormalization"/>.
/// </para>
/// <para>Keras: <c>LayerNormalization</c>; ONNX: LayerNormalization.</para>
/// </summary>
/// <example><c>new LayerNormalization(axis: [1, 2])</c> normalizes each whole example of shape <c>[10, 4]</c>.</example>
public sealed record LayerNormalization : AffineNormalization
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axes to normalize along, the last ones; 0 is the batch, as in Keras. Default: -1, the last.</param>
    /// <param name="epsilon">What is added to the variance; above 0. Default: 0.001.</param>
    /// <param name="center">Whether a trained beta is added. Default: <see langword="true"/>.</param>
    /// <param name="scale">Whether a trained gamma multiplies. Default: <see langword="true"/>.</param>
    /// <param name="betaInitializer">How beta starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="gammaInitializer">How gamma starts. Default: <see cref="Constant.Ones"/>.</param>
    /// <param name="betaRegularizer">What the size of beta adds to the loss. Default: nothing.</param>
    /// <param name="gammaRegularizer">What the size of gamma adds to the loss. Default: nothing.</param>
    /// <param name="betaConstraint">What beta must satisfy. Default: anything.</param>
    /// <param name="gammaConstraint">What gamma must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">Epsilon is not above 0.</exception>
    public LayerNormalization(
        Axes axis = default,
        float epsilon = 1e-3f,
        bool center = true,
        bool scale = true,
        Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null,
        Regularizer? betaRegularizer = null,
        Regularizer? gammaRegularizer = null,
        Constraint? betaConstraint = null,
        Constraint? gammaConstraint = null)
        : base(epsilon, center, scale, betaInitializer, gammaInitializer, betaRegularizer, gammaRegularizer, betaConstraint, gammaConstraint) =>
        Axis = axis;

    /// <summary>The axes to normalize along.</summary>
    public Axes Axis { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        Axis.LastPositions(this, input);
        return input;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => Weights(Normalized(input));

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor? gamma = Scale ? builder.Weight("gamma") : null;
        Tensor? beta = Center ? builder.Weight("beta") : null;
        long[] normalized = [.. Normalized(input)];
        return (x, _) => nn.functional.layer_norm(x, normalized, gamma, beta, Epsilon);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape normalized = Normalized(input.Shape);
        OnnxValue gamma = Scale
            ? onnx.Weight("gamma")
            : onnx.Constant(Enumerable.Repeat(1f, (int)normalized.Size).ToArray(), [.. normalized]);
        return onnx.Node(
            "LayerNormalization", [input, gamma, .. Center ? [onnx.Weight("beta")] : Array.Empty<OnnxValue>()], input.Shape,
            OnnxAttribute.Int("axis", -normalized.Rank), OnnxAttribute.Float("epsilon", Epsilon));
    }

    private Shape Normalized(Shape input) => new([.. Axis.LastPositions(this, input).Select(position => input[position])]);
}
