using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Multiplies its inputs element by element. Steps that a mask leaves out count as 1; where all inputs have a mask and
/// none counts, the output is 0.
/// <para>
/// Inputs <c>[batch, ...]</c>, any number, of shapes that spread over each other; output <c>[batch, ...]</c>.
/// </para>
/// <para>Keras: <c>Multiply</c>; ONNX: Mul, with Where and Or for masks.</para>
/// </summary>
/// <example><c>new Multiply()</c>.</example>
public sealed record Multiply : ElementwiseMerge
{
    private protected override Tensor Combine(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        Tensor output = inputs
            .Select((input, i) => masks[i] is { } mask ? where(mask, input, ones_like(input)) : input)
            .Aggregate((product, input) => product.mul(input));
        return masks.All(mask => mask is not null)
            ? where(masks.Aggregate((all, mask) => all!.logical_or(mask!))!, output, zeros_like(output))
            : output;
    }

    private protected override OnnxValue ExportCombined(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, IReadOnlyList<OnnxValue?> masks, Shape output)
    {
        OnnxValue product = inputs
            .Select((input, i) => masks[i] is { } mask ? onnx.Node("Where", [mask, input, onnx.Constant([1f])], input.Shape) : input)
            .Aggregate((left, right) => onnx.Together("Mul", [left, right], output));
        return masks.All(mask => mask is not null)
            ? onnx.Node("Where", [masks.Aggregate((all, mask) => onnx.Node("Or", [all, mask], output)), product, onnx.Constant([0f])], output)
            : product;
    }
}
