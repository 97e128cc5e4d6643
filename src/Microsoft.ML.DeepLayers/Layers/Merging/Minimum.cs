using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The smallest of its inputs, element by element. Steps that a mask leaves out are not compared.
/// <para>
/// Inputs <c>[batch, ...]</c>, any number, of shapes that spread over each other; output <c>[batch, ...]</c>.
/// </para>
/// <para>Keras: <c>Minimum</c>; ONNX: Min, with Where and Or for masks.</para>
/// </summary>
/// <example><c>new Minimum()</c>.</example>
public sealed record Minimum : ElementwiseMerge
{
    private protected override Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) => Fold(inputs, masks, minimum);

    private protected override OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output) =>
        ExportFold(onnx, inputs, masks, output, "Min");
}
