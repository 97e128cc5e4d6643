using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace OwnLayer;

/// <summary>
/// Radial basis functions (Broomhead and Lowe 1988): unit j answers exp(-γ_j · |x - c_j|²), most at its centre c_j.
/// <para>Input <c>[batch, ..., features]</c>; output <c>[batch, ..., units]</c>.</para>
/// <para>Weights: <c>centers</c>, <c>[units, features]</c>, and <c>log_gamma</c>, <c>[units]</c>: as a logarithm γ stays positive.</para>
/// </summary>
public sealed record GaussianUnits : SingleInputLayer
{
    // JSON is written from the properties and read by the constructor: each parameter is a property of the same name.
    public GaussianUnits(int units, float gamma = 1, Initializer? centerInitializer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gamma);
        Units = units;
        Gamma = gamma;
        CenterInitializer = centerInitializer ?? new RandomUniform(-1, 1);
    }

    public int Units { get; }

    /// <summary>How narrow the units start.</summary>
    public float Gamma { get; }

    public Initializer CenterInitializer { get; }

    // Each step of a sequence is treated alone: masks pass through, and any number of steps will do.
    public override bool SupportsMasking => true;

    public override bool AllowsVariableLength => true;

    public override Shape ComputeOutputShape(Shape input) => input.Rank >= 1
        ? input.With(-1, Units)
        : throw new LayerShapeException(this, [input], "an input of shape [..., features]");

    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
    [
        new("centers", new Shape(Units, input[-1]), CenterInitializer),
        new("log_gamma", new Shape(Units), new Constant(MathF.Log(Gamma))),
    ];

    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        Tensor centers = builder.Weight("centers"), logGamma = builder.Weight("log_gamma");
        return (x, _) => (x.unsqueeze(-2) - centers).Square().sum(-1).mul(logGamma.exp()).neg().exp();
    }

    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        Shape output = ComputeOutputShape(input.Shape);
        Shape differences = new([.. output, input.Shape[-1]]);
        OnnxValue apart = onnx.Node("Sub", [onnx.Node("Unsqueeze", [input, onnx.Constant(-2)], differences), onnx.Weight("centers")], differences);
        OnnxValue distance = onnx.Node("ReduceSumSquare", [apart], output, OnnxAttribute.Ints("axes", [-1]), OnnxAttribute.Int("keepdims", 0));
        OnnxValue gamma = onnx.Node("Exp", [onnx.Weight("log_gamma")], new Shape(Units));
        return onnx.Elementwise("Exp", onnx.Elementwise("Neg", onnx.Node("Mul", [distance, gamma], output)));
    }
}
