using System.Collections.Immutable;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives the number of the bin that each value lies in: how many boundaries are at most the value, so that [0, 1, 2]
/// makes the bins below 0, [0, 1), [1, 2) and 2 or more. The boundaries are given, or learned from the training examples
/// before training starts so that the bins hold about as many values each.
/// <para>
/// Learned boundaries are the weight <c>bin_boundaries</c>, <c>[number of bins - 1]</c>, which training does not change;
/// where there are fewer different ones, the last bins stay empty. They are found as in Keras, by a summary of the data
/// whose error is about epsilon, over all values of the input together.
/// </para>
/// <para>Input <c>[batch, ...]</c>; output as <see cref="OutputMode"/> says, with a row of as many numbers as bins.</para>
/// <para>Keras: <c>Discretization</c>; ONNX: Unsqueeze, GreaterOrEqual, Cast and ReduceSum.</para>
/// </summary>
/// <example><c>new Discretization([18, 30, 65], outputMode: OutputMode.OneHot)</c> turns an age into four groups.</example>
public sealed record Discretization : SingleInputLayer, IAdaptiveLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="binBoundaries">The boundaries, ascending and finite; left out to learn them.</param>
    /// <param name="numBins">The number of bins to learn, at least 2; left out where boundaries are given.</param>
    /// <param name="epsilon">The error of the quantiles that are learned, above 0 and below 1. Default: 0.01.</param>
    /// <param name="outputMode">The form of the output. Default: <see cref="OutputMode.Int"/>.</param>
    /// <exception cref="ArgumentException">Boundaries and a number of bins are both given, or neither is.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public Discretization(
        ImmutableArray<float> binBoundaries = default, int? numBins = null, float epsilon = 0.01f, OutputMode outputMode = OutputMode.Int)
    {
        CategoryRows.Check(outputMode);
        BinBoundaries = binBoundaries.IsDefault ? [] : binBoundaries;
        NumBins = numBins;
        Epsilon = epsilon;
        OutputMode = outputMode;
        if (BinBoundaries.IsEmpty == numBins is null)
        {
            throw new ArgumentException("Either boundaries or a number of bins to learn must be given.", nameof(numBins));
        }

        if (numBins < 2)
        {
            throw new ArgumentOutOfRangeException(nameof(numBins), numBins, "There must be at least two bins.");
        }

        if (!BinBoundaries.All(float.IsFinite) || BinBoundaries.Zip(BinBoundaries.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentOutOfRangeException(nameof(binBoundaries), "The boundaries must be finite and ascending.");
        }

        if (epsilon is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0 and below 1.");
        }
    }

    /// <summary>The given boundaries; empty where they are learned.</summary>
    public ImmutableArray<float> BinBoundaries { get; }

    /// <summary>The number of bins to learn; <see langword="null"/> where boundaries are given.</summary>
    public int? NumBins { get; }

    /// <summary>The error of the quantiles that are learned.</summary>
    public float Epsilon { get; }

    /// <summary>The form of the output.</summary>
    public OutputMode OutputMode { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => CategoryRows.KeepsSteps(OutputMode);

    private int Bins => NumBins ?? (BinBoundaries.Length + 1);

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(Discretization? other) => base.Equals(other) && NumBins == other.NumBins && Epsilon.Equals(other.Epsilon)
        && OutputMode == other.OutputMode && BinBoundaries.AsSpan().SequenceEqual(other.BinBoundaries.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), BinBoundaries.Length, BinBoundaries.FirstOrDefault(), NumBins, Epsilon, OutputMode);

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => CategoryRows.OutputShape(input, OutputMode, Bins);

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => BinBoundaries.IsEmpty
        ? [new WeightSpec("bin_boundaries", new Shape(Bins - 1), Constant.Zeros) { Trainable = false }]
        : [];

    /// <inheritdoc/>
    // Through decimal, so that 0.01 is a hundredth and not a little less, which would make 101 steps.
    public LayerAdaptation? BeginAdaptation(Shape input) => BinBoundaries.IsEmpty ? new QuantileSummary(Bins, (double)(decimal)Epsilon) : null;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor boundaries = BinBoundaries.IsEmpty
            ? builder.Weight("bin_boundaries")
            : builder.Own(tensor([.. BinBoundaries], dtype: builder.NumberType, device: builder.TorchDevice).DetachFromDisposeScope());
        return (x, _) => CategoryRows.Encode(x.unsqueeze(-1).ge(boundaries).sum(-1).to(x.dtype), input, OutputMode, Bins);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        const int Float = 1; // TensorProto.DataType
        OnnxValue boundaries = BinBoundaries.IsEmpty ? onnx.Weight("bin_boundaries") : onnx.Constant(BinBoundaries.AsSpan(), BinBoundaries.Length);
        var each = new Shape([.. input.Shape, Bins - 1]);
        OnnxValue column = onnx.Node("Unsqueeze", [input, onnx.Constant(-1L)], new Shape([.. input.Shape, 1]));
        OnnxValue reached = onnx.Node("Cast", [onnx.Node("GreaterOrEqual", [column, boundaries], each)], each, OnnxAttribute.Int("to", Float));
        OnnxValue bins = onnx.Node("ReduceSum", [reached, onnx.Constant(-1L)], input.Shape, OnnxAttribute.Int("keepdims", 0));
        return CategoryRows.Export(onnx, bins, OutputMode, Bins);
    }
}
