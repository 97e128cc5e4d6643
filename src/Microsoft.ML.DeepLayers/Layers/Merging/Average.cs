using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Averages its inputs element by element. Masks change nothing about the numbers.
/// <para>
/// Inputs <c>[batch, ...]</c>, any number, of shapes that spread over each other; output <c>[batch, ...]</c>.
/// </para>
/// <para>Keras: <c>Average</c>; ONNX: Mean.</para>
/// </summary>
/// <example><c>new Average()</c>.</example>
public sealed record Average : ElementwiseMerge
{
    private protected override Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) =>
        inputs.Aggregate((sum, input) => sum.Add(input)).Divide(inputs.Count);

    private protected override OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output) =>
        onnx.Together("Mean", inputs, output);
}
