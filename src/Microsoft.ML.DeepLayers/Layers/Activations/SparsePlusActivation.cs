using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>0 up to -1, x from 1 on, (x + 1)² / 4 between. Keras: <c>sparse_plus</c>; ONNX: Clip, Add, Mul, Sub and Relu.</summary>
    public static Activation SparsePlus { get; } = new SparsePlusActivation();
}

/// <summary>0 up to -1, x from 1 on, (x + 1)² / 4 between. Keras: <c>sparse_plus</c>; ONNX: Clip, Add, Mul, Sub and Relu.</summary>
public sealed record SparsePlusActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Clip(-1, 1).Add(1).Square().Multiply(0.25).Add(input.Subtract(1).relu());

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue root = onnx.Elementwise("Add", onnx.Elementwise("Clip", input, [onnx.Constant([-1f]), onnx.Constant([1f])]), [onnx.Constant([1f])]);
        OnnxValue parabola = onnx.Elementwise("Mul", onnx.Binary("Mul", root, root), [onnx.Constant([0.25f])]);
        return onnx.Binary("Add", parabola, onnx.Elementwise("Relu", onnx.Elementwise("Sub", input, [onnx.Constant([1f])])));
    }
}
