namespace Microsoft.ML.DeepLayers;

/// <summary>How <see cref="NeuralNetworkTransformer.ExportOnnx(string, OnnxExportOptions)"/> writes a network.</summary>
/// <example>
/// <code>
/// OnnxExportReport report = model.ExportOnnx("small.onnx", new OnnxExportOptions(OnnxPrecision.StaticInt8) { Data = train });
/// Console.WriteLine(report);
/// </code>
/// </example>
public sealed record OnnxExportOptions
{
    private readonly double calibrationPercentile = 100;
    private readonly IReadOnlyList<string> float32Layers = [];

    /// <summary>Options with the defaults.</summary>
    /// <param name="precision">In which numbers the file computes.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="precision"/> is not one of <see cref="OnnxPrecision"/>.</exception>
    public OnnxExportOptions(OnnxPrecision precision)
    {
        if (!Enum.IsDefined(precision))
        {
            throw new ArgumentOutOfRangeException(nameof(precision), precision, $"The precision must be one of {string.Join(", ", Enum.GetNames<OnnxPrecision>())}.");
        }

        Precision = precision;
    }

    /// <summary>In which numbers the file computes.</summary>
    public OnnxPrecision Precision { get; }

    /// <summary>
    /// Rows like those to be scored, with the columns that the network reads. <see cref="OnnxPrecision.StaticInt8"/> measures
    /// its ranges on them: a few hundred rows that cover what occurs are enough, and no row of a test is among them. For every
    /// precision the report compares the scores of both networks over them, and what is right if there are labels. They are
    /// read several times, in batches. Default: <see langword="null"/>, no comparison.
    /// </summary>
    public IDataView? Data { get; init; }

    /// <summary>
    /// Layers that stay float32, by the names that <see cref="Network.Summary"/> and the weights have, e.g. <c>dense</c>;
    /// those inside a nested network as <c>encoder/dense</c>, and <c>encoder</c> for all of it. The first and the last layer lose
    /// most. Default: none.
    /// </summary>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public IReadOnlyList<string> Float32Layers
    {
        get => float32Layers;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Float32Layers));
            float32Layers = value.All(name => !string.IsNullOrEmpty(name))
                ? [.. value]
                : throw new ArgumentException("The names of layers must not be empty.", nameof(Float32Layers));
        }
    }

    /// <summary>
    /// Whether the 8-bit weights of each unit and each filter have a scale of their own, which loses less; else the whole
    /// tensor has one. Default: <see langword="true"/>.
    /// </summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>
    /// Whether 8-bit weights use 7 of their bits (-64 to 64). For x64 processors without VNNI, whose products of pairs may
    /// overflow 16 bits with all of them and are then wrong. Default: <see langword="false"/>.
    /// </summary>
    public bool ReduceRange { get; init; }

    /// <summary>
    /// Which part of the values the measured ranges cover, in percent, above 50 to 100: of the rest, half is cut off at each
    /// end. Less than 100 ignores rare large values, which makes the steps finer for all others. Only for
    /// <see cref="OnnxPrecision.StaticInt8"/>. Default: 100, from the smallest to the largest value.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double CalibrationPercentile
    {
        get => calibrationPercentile;
        init => calibrationPercentile = value is > 50 and <= 100
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CalibrationPercentile), value, "The percentile must be above 50 and at most 100.");
    }
}
