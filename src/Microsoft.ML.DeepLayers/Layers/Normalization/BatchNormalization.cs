using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings each channel (last axis) to mean 0 and variance 1 over the batch and all positions, then scales and shifts
/// it: gamma · (x - mean) / sqrt(variance + epsilon) + beta (Ioffe and Szegedy 2015).
/// <para>
/// Training uses the batch's mean and variance, and keeps moving averages: moving = momentum · moving + (1 - momentum)
/// · batch. Scoring and validation use the averages. The variance is the biased one, in the averages too, as in Keras
/// (PyTorch averages the unbiased one, and its momentum is 1 - this one). Steps that a mask leaves out do not count for
/// the batch's mean and variance.
/// </para>
/// <para>Input and output <c>[batch, ..., channels]</c>, the same shape.</para>
/// <para>Keras: <c>BatchNormalization</c> with axis -1; ONNX: BatchNormalization.</para>
/// </summary>
public sealed record BatchNormalization : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="momentum">The share of the old moving averages at each step; at least 0 and below 1. Default: 0.99.</param>
    /// <param name="epsilon">What is added to the variance; above 0. Default: 0.001.</param>
    /// <param name="center">Whether a trained beta is added. Default: <see langword="true"/>.</param>
    /// <param name="scale">Whether a trained gamma multiplies. Default: <see langword="true"/>.</param>
    /// <param name="betaInitializer">How beta starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="gammaInitializer">How gamma starts. Default: <see cref="Constant.Ones"/>.</param>
    /// <param name="betaRegularizer">What beta's size adds to the loss. Default: nothing.</param>
    /// <param name="gammaRegularizer">What gamma's size adds to the loss. Default: nothing.</param>
    /// <param name="betaConstraint">What beta must satisfy. Default: nothing.</param>
    /// <param name="gammaConstraint">What gamma must satisfy. Default: nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The momentum or epsilon is out of range.</exception>
    public BatchNormalization(
        float momentum = 0.99f,
        float epsilon = 1e-3f,
        bool center = true,
        bool scale = true,
        Initializer? betaInitializer = null,
        Initializer? gammaInitializer = null,
        Regularizer? betaRegularizer = null,
        Regularizer? gammaRegularizer = null,
        Constraint? betaConstraint = null,
        Constraint? gammaConstraint = null)
    {
        if (momentum is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "The momentum must be at least 0 and below 1.");
        }

        if (epsilon is not (> 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0.");
        }

        Momentum = momentum;
        Epsilon = epsilon;
        Center = center;
        Scale = scale;
        BetaInitializer = betaInitializer ?? Constant.Zeros;
        GammaInitializer = gammaInitializer ?? Constant.Ones;
        BetaRegularizer = betaRegularizer;
        GammaRegularizer = gammaRegularizer;
        BetaConstraint = betaConstraint;
        GammaConstraint = gammaConstraint;
    }

    /// <summary>The share of the old moving averages at each step.</summary>
    public float Momentum { get; }

    /// <summary>What is added to the variance.</summary>
    public float Epsilon { get; }

    /// <summary>Whether a trained beta is added.</summary>
    public bool Center { get; }

    /// <summary>Whether a trained gamma multiplies.</summary>
    public bool Scale { get; }

    /// <summary>How beta, <c>[channels]</c>, starts.</summary>
    public Initializer BetaInitializer { get; }

    /// <summary>How gamma, <c>[channels]</c>, starts.</summary>
    public Initializer GammaInitializer { get; }

    /// <summary>What beta's size adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BetaRegularizer { get; }

    /// <summary>What gamma's size adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? GammaRegularizer { get; }

    /// <summary>What beta must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? BetaConstraint { get; }

    /// <summary>What gamma must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? GammaConstraint { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.Rank >= 1
        ? input
        : throw new LayerShapeException(this, [input], "an input of shape [..., channels]");

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        Shape channels = new(input[-1]);
        var gamma = new WeightSpec("gamma", channels, GammaInitializer) { Regularizer = GammaRegularizer, Constraint = GammaConstraint };
        var beta = new WeightSpec("beta", channels, BetaInitializer) { Regularizer = BetaRegularizer, Constraint = BetaConstraint };
        return
        [
            .. Scale ? [gamma] : Array.Empty<WeightSpec>(),
            .. Center ? [beta] : Array.Empty<WeightSpec>(),
            new WeightSpec("moving_mean", channels, Constant.Zeros) { Trainable = false },
            new WeightSpec("moving_variance", channels, Constant.Ones) { Trainable = false },
        ];
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        long channels = input[-1];
        Tensor? gamma = Scale ? builder.Weight("gamma") : null;
        Tensor? beta = Center ? builder.Weight("beta") : null;
        Tensor movingMean = builder.Weight("moving_mean");
        Tensor movingVariance = builder.Weight("moving_variance");
        Tensor batchMean = builder.Own(zeros(channels, builder.NumberType, builder.TorchDevice).DetachFromDisposeScope());
        Tensor batchVariance = builder.Own(zeros(channels, builder.NumberType, builder.TorchDevice).DetachFromDisposeScope());
        // On a GPU libtorch gives beta no gradient where there is no gamma.
        Tensor? factors = gamma is null && beta is not null ? builder.Own(ones(channels, builder.NumberType, builder.TorchDevice).DetachFromDisposeScope()) : gamma;
        return (x, context) =>
        {
            Tensor rows = x.reshape(-1, channels);
            // Frozen, it computes as at inference, as in Keras.
            bool training = context.Training && Trainable;
            if (training && context.Mask() is { } mask && input.Rank > 1)
            {
                return NormalizeMasked(rows, Weights(x, mask), context).reshape(x.shape);
            }

            Tensor output = !training ? Normalize(rows, movingMean, movingVariance, training: false)
                : rows.shape[0] == 1 ? NormalizeOne(rows, context)
                : NormalizeBatch(rows, context);
            return output.reshape(x.shape);
        };

        Tensor Normalize(Tensor rows, Tensor mean, Tensor variance, bool training) =>
            nn.functional.batch_norm(rows, mean, variance, factors, beta, training, momentum: 1, Epsilon);

        Tensor NormalizeBatch(Tensor rows, ForwardContext context)
        {
            // With libtorch's momentum at 1, its running statistics are those of this batch, with the unbiased variance.
            Tensor output = Normalize(rows, batchMean, batchVariance, training: true);
            double count = rows.shape[0];
            Average(batchMean, batchVariance, (count - 1) / count, context);
            return output;
        }

        // One value has no unbiased variance, and libtorch refuses it. The biased one is 0, so that beta is what is left.
        Tensor NormalizeOne(Tensor rows, ForwardContext context)
        {
            Average(rows.detach()[0], batchVariance, 0, context);
            Tensor output = rows.sub(rows);
            output = gamma is null ? output : output.mul(gamma);
            return beta is null ? output : output.Add(beta);
        }

        Tensor NormalizeMasked(Tensor rows, Tensor weights, ForwardContext context)
        {
            // Keras's epsilon, which keeps a batch without any step from dividing by 0.
            Tensor count = weights.sum().Add(1e-7);
            Tensor mean = rows.mul(weights).sum([0]).div(count);
            Tensor difference = rows.sub(mean);
            Tensor variance = difference.Square().mul(weights).sum([0]).div(count);
            Average(mean.detach(), variance.detach(), 1, context);
            Tensor output = difference.mul(variance.Add(Epsilon).rsqrt());
            output = gamma is null ? output : output.mul(gamma);
            return beta is null ? output : output.Add(beta);
        }

        // 1 for each position of a step that counts, else 0.
        Tensor Weights(Tensor x, Tensor mask)
        {
            long[] perStep = [mask.shape[0], mask.shape[1], .. Enumerable.Repeat(1L, input.Rank - 1)];
            return mask.to(x.dtype).reshape(perStep).expand([.. x.shape[..^1], 1]).reshape(-1, 1);
        }

        void Average(Tensor mean, Tensor unbiasedVariance, double toBiased, ForwardContext context)
        {
            if (context.IsRecomputation)
            {
                return;
            }

            StatisticsUpdate? update = context.Statistics;
            if (update is not null)
            {
                update.IsUsed = true;
            }

            double kept = update?.Momentum ?? Momentum;
            using (no_grad())
            {
                movingMean.MultiplyInPlace(kept).AddScaledInPlace(mean, 1 - kept);
                movingVariance.MultiplyInPlace(kept).AddScaledInPlace(unbiasedVariance, (1 - kept) * toBiased);
            }
        }
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        int channels = input.Shape[-1];
        OnnxValue gamma = Scale ? onnx.Weight("gamma") : onnx.Constant(Enumerable.Repeat(1f, channels).ToArray(), channels);
        OnnxValue beta = Center ? onnx.Weight("beta") : onnx.Constant(new float[channels], channels);
        return onnx.ChannelsFirstNode(
            "BatchNormalization", [input, gamma, beta, onnx.Weight("moving_mean"), onnx.Weight("moving_variance")], input.Shape,
            OnnxAttribute.Float("epsilon", Epsilon));
    }
}
