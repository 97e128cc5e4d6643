using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Crosses categories: hashes the whole numbers that stand at the same place of its inputs, together, into a fixed number
/// of bins. The hash is that of <see cref="Hashing"/>, continued over the inputs: hash = (a · value + c · hash + b) mod (2^31 - 1).
/// <para>
/// Inputs: two or more, each <c>[batch]</c> or <c>[batch, 1]</c>, whole numbers; output of the same shape, or
/// <c>[batch, number of bins]</c> as one-hot.
/// </para>
/// <para>Keras: <c>HashedCrossing</c>, with other bins; ONNX: Cast, Mul, Add and Mod on 64-bit integers.</para>
/// </summary>
/// <example><c>new HashedCrossing(100)</c> gives pairs of a city and a weekday, as numbers, one of 100 bins.</example>
public sealed record HashedCrossing : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numBins">The number of bins; at least 1.</param>
    /// <param name="outputMode">
    /// <see cref="OutputMode.Int"/> (the default) or <see cref="OutputMode.OneHot"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of bins is below 1, or the mode is not one of the two.</exception>
    public HashedCrossing(int numBins, OutputMode outputMode = OutputMode.Int)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numBins, 1);
        if (outputMode is not (OutputMode.Int or OutputMode.OneHot))
        {
            throw new ArgumentOutOfRangeException(nameof(outputMode), outputMode, "A crossing gives bins (Int) or one-hot rows (OneHot).");
        }

        NumBins = numBins;
        OutputMode = outputMode;
    }

    /// <summary>The number of bins.</summary>
    public int NumBins { get; }

    /// <summary>The form of the output.</summary>
    public OutputMode OutputMode { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        bool fits = inputShapes.Count >= 2 && inputShapes.All(shape => shape == inputShapes[0])
            && (inputShapes[0].Rank == 0 || (inputShapes[0].Rank == 1 && inputShapes[0][0] == 1));
        return fits
            ? [CategoryRows.OutputShape(inputShapes[0], OutputMode, NumBins)]
            : throw new LayerShapeException(this, inputShapes, "two or more inputs, each of shape [], or each of shape [1]");
    }

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Shape input = builder.InputShapes[0];
        var hash = new WholeNumberHash(0);
        return (inputs, _) => [CategoryRows.Encode(hash.Apply(inputs, NumBins), input, OutputMode, NumBins)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        return [CategoryRows.Export(onnx, new WholeNumberHash(0).Export(onnx, inputs, NumBins), OutputMode, NumBins)];
    }
}
