using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds its inputs element by element, e.g. a layer's output and its input (a residual connection).
/// <para>
/// Inputs <c>[batch, ...]</c>, any number, of shapes that spread over each other; output <c>[batch, ...]</c>.
/// </para>
/// <para>Keras: <c>Add</c>; ONNX: Add, or Sum of more than two.</para>
/// </summary>
/// <example><c>new Add()</c>.</example>
public sealed record Add : ElementwiseMerge
{
    private protected override Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) =>
        inputs.Aggregate((sum, input) => sum.Add(input));

    private protected override OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output) =>
        onnx.Together(inputs.Count == 2 ? "Add" : "Sum", inputs, output);
}
