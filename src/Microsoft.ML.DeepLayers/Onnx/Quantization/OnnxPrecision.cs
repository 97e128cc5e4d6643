namespace Microsoft.ML.DeepLayers;

/// <summary>In which numbers an exported ONNX file computes. Inputs and outputs are float32 in all of them.</summary>
public enum OnnxPrecision
{
    /// <summary>32 bits, as the network was trained.</summary>
    Float32,

    /// <summary>
    /// 16 bits (11 bits of precision, up to 65504): half the size. What is delicate stays in 32: softmax, normalization, sums over
    /// axes, recurrent layers (their weights are stored in 16), and all that is computed before the first weights. ONNX Runtime's
    /// CPU has few float16 operators and converts around the others, so that there only the file is smaller; GPUs are faster.
    /// </summary>
    Float16,

    /// <summary>
    /// Weights of dense layers in 8 bits, and their inputs too, by a range that is found anew in every run (<c>DynamicQuantizeLinear</c>,
    /// <c>MatMulInteger</c>): a quarter of the size, no data needed. Convolutions and recurrent layers stay float32. The range is
    /// that of all rows of a batch, so a row's score depends a little on the rows beside it.
    /// </summary>
    DynamicInt8,

    /// <summary>
    /// Weights of dense layers and convolutions in 8 bits, and what flows between them too, by ranges that were measured on data
    /// (<c>QuantizeLinear</c> and <c>DequantizeLinear</c> in pairs, which runtimes join with the operators between them): a quarter
    /// of the size, and the fastest for convolutions. Needs <see cref="OnnxExportOptions.Data"/>.
    /// </summary>
    StaticInt8,
}
