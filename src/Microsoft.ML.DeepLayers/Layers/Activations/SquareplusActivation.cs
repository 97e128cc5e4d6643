using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>(x + sqrt(x² + <paramref name="b"/>)) / 2. Keras: <c>squareplus</c>; ONNX: Mul, Add and Sqrt.</summary>
    /// <param name="b">How smooth the bend at 0 is; above 0. Default: 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">The parameter b is not above 0.</exception>
    public static Activation Squareplus(float b = 4) => new SquareplusActivation(b);
}

/// <summary>(x + sqrt(x² + b)) / 2 (Barron 2021). Keras: <c>squareplus</c>; ONNX: Mul, Add and Sqrt.</summary>
public sealed record SquareplusActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="b">How smooth the bend at 0 is; above 0. Default: 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">The parameter b is not above 0.</exception>
    public SquareplusActivation(float b = 4)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(b);
        B = b;
    }

    /// <summary>How smooth the bend at 0 is; above 0.</summary>
    public float B { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Add(input.Square().Add(B).sqrt()).Multiply(0.5);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue root = onnx.Elementwise("Sqrt", onnx.Elementwise("Add", onnx.Binary("Mul", input, input), [onnx.Constant([B])]));
        return onnx.Elementwise("Mul", onnx.Binary("Add", input, root), [onnx.Constant([0.5f])]);
    }
}
