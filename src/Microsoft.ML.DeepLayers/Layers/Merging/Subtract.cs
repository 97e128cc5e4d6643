using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Subtracts the second input from the first, element by element.
/// <para>Two inputs <c>[batch, ...]</c> of shapes that spread over each other; output <c>[batch, ...]</c>.</para>
/// <para>Keras: <c>Subtract</c>; ONNX: Sub.</para>
/// </summary>
/// <example><c>new Subtract()</c>.</example>
public sealed record Subtract : ElementwiseMerge
{
    private protected override Shape OutputShape(IReadOnlyList<Shape> inputs) => inputs.Count == 2
        ? base.OutputShape(inputs)
        : throw new LayerShapeException(this, inputs, "exactly two inputs");

    private protected override Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) => inputs[0].sub(inputs[1]);

    private protected override OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output) =>
        onnx.Together("Sub", inputs, output);
}
