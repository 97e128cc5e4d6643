using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Makes a sequence of the same vector at each step, as the input of a decoder.
/// <para>Input <c>[batch, features]</c>; output <c>[batch, n, features]</c>.</para>
/// <para>Keras: <c>RepeatVector</c>; ONNX: Unsqueeze and Expand.</para>
/// </summary>
/// <example><c>new RepeatVector(3)</c> turns <c>[32]</c> into <c>[3, 32]</c>.</example>
public sealed record RepeatVector : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="n">The number of steps; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public RepeatVector(int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        N = n;
    }

    /// <summary>The number of steps.</summary>
    public int N { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.Rank == 1 && !input.HasVariableLength
        ? new Shape(N, input[0])
        : throw new LayerShapeException(this, [input], "an input of shape [features]");

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => x.unsqueeze(1).expand(-1, N, -1);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue once = onnx.Node("Unsqueeze", [input, onnx.Constant(1)], new Shape(1, input.Shape[0]));
        return onnx.Node("Expand", [once, onnx.Constant(1, N, 1)], ComputeOutputShape(input.Shape));
    }
}
