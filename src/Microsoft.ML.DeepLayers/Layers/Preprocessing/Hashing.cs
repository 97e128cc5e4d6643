using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Spreads whole numbers over a fixed number of bins: ((a · value + b) mod (2^31 - 1)) mod bins, with a and b drawn from the
/// salt (Carter and Wegman 1979). Different numbers may share a bin.
/// <para>
/// Input <c>[batch, ...]</c>, whole numbers (as floats, exact up to 16,777,216); output as <see cref="OutputMode"/> says, with
/// a row of as many numbers as bins.
/// </para>
/// <para>
/// The bins are not those of Keras, which hashes the digits as text by FarmHash64 (with a salt, SipHash64): that cannot be
/// said in ONNX. A network trained with one is not to be used with the other.
/// </para>
/// <para>Keras: <c>Hashing</c> of integers, with other bins; ONNX: Cast, Mul, Add and Mod on 64-bit integers.</para>
/// </summary>
/// <example><c>new Hashing(1000)</c> in front of <c>new Embedding(1000, 16)</c> embeds identifiers without a vocabulary.</example>
public sealed record Hashing : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numBins">The number of bins, with that of the mask value; at least 1.</param>
    /// <param name="maskValue">A number that alone goes to bin 0, all others to the bins from 1; left out for none.</param>
    /// <param name="salt">Chooses among the hashes; left out for the usual one.</param>
    /// <param name="outputMode">The form of the output. Default: <see cref="OutputMode.Int"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of bins is below 1, or there is no such mode.</exception>
    public Hashing(int numBins, int? maskValue = null, int? salt = null, OutputMode outputMode = OutputMode.Int)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numBins, 1);
        CategoryRows.Check(outputMode);
        NumBins = numBins;
        MaskValue = maskValue;
        Salt = salt;
        OutputMode = outputMode;
    }

    /// <summary>The number of bins.</summary>
    public int NumBins { get; }

    /// <summary>The number that alone goes to bin 0; <see langword="null"/> for none.</summary>
    public int? MaskValue { get; }

    /// <summary>Chooses among the hashes.</summary>
    public int? Salt { get; }

    /// <summary>The form of the output.</summary>
    public OutputMode OutputMode { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => CategoryRows.KeepsSteps(OutputMode);

    // As in Keras, a single bin is never reserved.
    private bool HasMaskBin => MaskValue is not null && NumBins > 1;

    private WholeNumberHash Hash => new(Salt ?? 0);

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => CategoryRows.OutputShape(input, OutputMode, NumBins);

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        WholeNumberHash hash = Hash;
        return (x, _) =>
        {
            Tensor bins = HasMaskBin
                ? hash.Apply([x], NumBins - 1).Add(1).MaskedFill(x.Equal(MaskValue!.Value), 0)
                : hash.Apply([x], NumBins);
            return CategoryRows.Encode(bins, input, OutputMode, NumBins);
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue bins = Hash.Export(onnx, [input], HasMaskBin ? NumBins - 1 : NumBins);
        if (HasMaskBin)
        {
            OnnxValue others = onnx.Node("Add", [bins, onnx.Constant([1f])], input.Shape);
            OnnxValue masked = onnx.Node("Equal", [input, onnx.Constant([(float)MaskValue!.Value])], input.Shape);
            bins = onnx.Node("Where", [masked, onnx.Constant([0f]), others], input.Shape);
        }

        return CategoryRows.Export(onnx, bins, OutputMode, NumBins);
    }
}
