using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Turns numbers of categories into rows of zeros and ones. A number outside 0 to number of tokens - 1 gives zeros.
/// <para>
/// Input <c>[batch, ...]</c>, whole numbers; in mode <see cref="OutputMode.Count"/> a second input of the same shape may
/// say how much each of them counts. Output as <see cref="OutputMode"/> says, with a row of as many numbers as tokens.
/// </para>
/// <para>Keras: <c>CategoryEncoding</c>, where a number outside is an error; ONNX: Unsqueeze, Equal, Cast and ReduceMax or ReduceSum.</para>
/// </summary>
/// <example><c>new CategoryEncoding(4)</c> turns <c>[3, 1]</c> into <c>[0, 1, 0, 1]</c>.</example>
public sealed record CategoryEncoding : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numTokens">The number of categories; at least 1.</param>
    /// <param name="outputMode">The form of the output, not <see cref="OutputMode.Int"/>. Default: <see cref="OutputMode.MultiHot"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1, or the mode is not one of the three.</exception>
    public CategoryEncoding(int numTokens, OutputMode outputMode = OutputMode.MultiHot)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numTokens, 1);
        CategoryRows.Check(outputMode);
        if (outputMode == OutputMode.Int)
        {
            throw new ArgumentOutOfRangeException(nameof(outputMode), outputMode, "Numbers of categories are the input already.");
        }

        NumTokens = numTokens;
        OutputMode = outputMode;
    }

    /// <summary>The number of categories.</summary>
    public int NumTokens { get; }

    /// <summary>The form of the output.</summary>
    public OutputMode OutputMode { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => CategoryRows.KeepsSteps(OutputMode);

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        bool fits = inputShapes.Count == 1 || (inputShapes.Count == 2 && OutputMode == OutputMode.Count && inputShapes[0] == inputShapes[1]);
        return fits
            ? [CategoryRows.OutputShape(inputShapes[0], OutputMode, NumTokens)]
            : throw new LayerShapeException(
                this, inputShapes, OutputMode == OutputMode.Count ? "one input, or two of the same shape" : "exactly one input");
    }

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Shape input = builder.InputShapes[0];
        return (inputs, _) => [CategoryRows.Encode(inputs[0], input, OutputMode, NumTokens, inputs.Count > 1 ? inputs[1] : null)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        return [CategoryRows.Export(onnx, inputs[0], OutputMode, NumTokens, inputs.Count > 1 ? inputs[1] : null)];
    }
}
