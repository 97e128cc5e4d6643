using System.Collections.Immutable;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings each feature to mean 0 and variance 1: (input - mean) / max(sqrt(variance), 1e-7). Mean and variance are given,
/// or learned from the training examples before training starts.
/// <para>
/// They are those of all examples, with the variance divided by their number, and are kept as the weights <c>mean</c> and
/// <c>variance</c>, <c>[length of the axis]</c>, which training does not change. Values that are given are no weights. A
/// network that begins so needs no NormalizeMeanVariance in front of it.
/// </para>
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Normalization</c> with one axis; ONNX: Sub, Sqrt, Max and Div.</para>
/// </summary>
/// <example><c>new Sequential { new Normalization(), new Dense(32, Activation.ReLU) }</c>.</example>
public sealed record Normalization : SingleInputLayer, IAdaptiveLayer
{
    /// <summary>Keras's <c>backend.epsilon()</c>.</summary>
    private const float Epsilon = 1e-7f;

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">
    /// The dimension whose positions have a mean and a variance each, counted with the batch as 0, or from the end. Default:
    /// -1, the last. (Keras also takes several, or none.)
    /// </param>
    /// <param name="mean">The means, one a position or one for all; left out to learn them.</param>
    /// <param name="variance">The variances, as many, not negative; left out to learn them.</param>
    /// <param name="invert">Whether the layer does the opposite: input · max(sqrt(variance), 1e-7) + mean. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is the batch, or a value is out of range.</exception>
    /// <exception cref="ArgumentException">Only one of mean and variance is given, or they differ in number.</exception>
    public Normalization(int axis = -1, ImmutableArray<float> mean = default, ImmutableArray<float> variance = default, bool invert = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(axis);
        Axis = axis;
        Mean = mean.IsDefault ? [] : mean;
        Variance = variance.IsDefault ? [] : variance;
        Invert = invert;
        if (Mean.Length != Variance.Length)
        {
            throw new ArgumentException($"Mean and variance go together, but {Mean.Length} means and {Variance.Length} variances were given.", nameof(variance));
        }

        if (!Mean.All(float.IsFinite))
        {
            throw new ArgumentOutOfRangeException(nameof(mean), "Every mean must be finite.");
        }

        if (!Variance.All(value => value is >= 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(variance), "Every variance must be at least 0 and finite.");
        }
    }

    /// <summary>The dimension whose positions have a mean and a variance each, counted with the batch as 0, or from the end.</summary>
    public int Axis { get; }

    /// <summary>The given means; empty where they are learned.</summary>
    public ImmutableArray<float> Mean { get; }

    /// <summary>The given variances; empty where they are learned.</summary>
    public ImmutableArray<float> Variance { get; }

    /// <summary>Whether the layer turns normalized values back into what they were.</summary>
    public bool Invert { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => Axis != 1;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>Compares by value: the arrays' own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(Normalization? other) => base.Equals(other) && Axis == other.Axis && Invert == other.Invert
        && Mean.AsSpan().SequenceEqual(other.Mean.AsSpan()) && Variance.AsSpan().SequenceEqual(other.Variance.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Axis, Invert, Mean.Length, Mean.FirstOrDefault(), Variance.FirstOrDefault());

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        int position = Position(input);
        if (position < 0 || position >= input.Rank || input[position] == Shape.Variable)
        {
            throw new LayerShapeException(this, [input], $"an input with a dimension of known length at axis {Axis} (the batch is axis 0)");
        }

        return Mean.Length <= 1 || Mean.Length == input[position]
            ? input
            : throw new LayerShapeException(this, [input], $"{Mean.Length} positions at axis {Axis}, for which it has means");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        var length = new Shape(input[Position(input)]);
        return Mean.IsEmpty
            ? [new WeightSpec("mean", length, Constant.Zeros) { Trainable = false }, new WeightSpec("variance", length, Constant.Ones) { Trainable = false }]
            : [];
    }

    /// <inheritdoc/>
    public LayerAdaptation? BeginAdaptation(Shape input)
    {
        int position = Position(input);
        return Mean.IsEmpty ? new Moments(position + 1, input[position]) : null;
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        long[] broadcast = Broadcast(input);
        Tensor mean = Mean.IsEmpty ? builder.Weight("mean") : Given(Mean);
        Tensor variance = Mean.IsEmpty ? builder.Weight("variance") : Given(Variance);
        return (x, _) =>
        {
            Tensor center = mean.numel() == 1 ? mean : mean.reshape(broadcast);
            Tensor width = (variance.numel() == 1 ? variance : variance.reshape(broadcast)).sqrt().Maximum(Epsilon);
            return Invert ? x.mul(width).Add(center) : x.sub(center).div(width);
        };

        Tensor Given(ImmutableArray<float> values) =>
            builder.Own(tensor([.. values], dtype: builder.NumberType, device: builder.TorchDevice).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        long[] broadcast = Broadcast(input.Shape);
        OnnxValue center = Value("mean", Mean);
        OnnxValue width = onnx.Node("Max", [onnx.Node("Sqrt", [Value("variance", Variance)], default), onnx.Constant([Epsilon])], default);
        return Invert
            ? onnx.Node("Add", [onnx.Node("Mul", [input, width], input.Shape), center], input.Shape)
            : onnx.Node("Div", [onnx.Node("Sub", [input, center], input.Shape), width], input.Shape);

        OnnxValue Value(string name, ImmutableArray<float> given)
        {
            OnnxValue value = given.IsEmpty ? onnx.Weight(name) : onnx.Constant(given.AsSpan(), given.Length);
            // Along the last axis it fits as it is.
            return broadcast.Length == 1 || given.Length == 1 ? value : onnx.Node("Reshape", [value, onnx.Constant(broadcast)], default);
        }
    }

    private int Position(Shape input) => Axis < 0 ? input.Rank + Axis : Axis - 1;

    /// <summary>The dimensions from the axis to the end, with 1 behind the axis.</summary>
    private long[] Broadcast(Shape input)
    {
        int position = Position(input);
        return [input[position], .. Enumerable.Repeat(1L, input.Rank - 1 - position)];
    }

    /// <summary>
    /// Mean and variance along a dimension, batch after batch: sums of squared distances from the mean are joined without
    /// losing digits to large means (Chan, Golub and LeVeque 1983).
    /// </summary>
    private sealed class Moments(int dimension, int length) : LayerAdaptation
    {
        private readonly double[] means = new double[length];
        private readonly double[] squares = new double[length];
        private double count;

        public override void Update(Tensor batch)
        {
            // In double precision on the CPU: not every device has it.
            Tensor rows = batch.detach().cpu().to(ScalarType.Float64).transpose(0, dimension).reshape(length, -1);
            double[] batchMeans = Numbers(rows.mean([1]));
            // TorchSharp's var does not catch what libtorch throws.
            (Tensor variances, _) = rows.var_mean([1], unbiased: false);
            double[] batchSquares = Numbers(variances);
            double added = rows.shape[1];
            double total = count + added;
            for (int i = 0; i < length; i++)
            {
                double difference = batchMeans[i] - means[i];
                means[i] += difference * added / total;
                squares[i] += (batchSquares[i] * added) + (difference * difference * count * added / total);
            }

            count = total;
        }

        public override IReadOnlyDictionary<string, float[]> Finish() => new Dictionary<string, float[]>(StringComparer.Ordinal)
        {
            ["mean"] = Array.ConvertAll(means, mean => (float)mean),
            ["variance"] = Array.ConvertAll(squares, square => (float)(square / Math.Max(1, count))),
        };
    }
}
