using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A fully connected layer: activation(input · kernel + bias), along the last axis.
/// <para>Input <c>[batch, ..., features]</c>; output <c>[batch, ..., units]</c>.</para>
/// <para>Keras: <c>Dense</c>; ONNX: Gemm, or MatMul and Add where the input has more than one dimension.</para>
/// </summary>
public sealed record Dense : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of outputs; at least 1.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the kernel's size adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the bias's size adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy. Default: nothing.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1.</exception>
    public Dense(
        int units,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
        Activation = activation ?? Activation.Linear;
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        KernelRegularizer = kernelRegularizer;
        BiasRegularizer = biasRegularizer;
        KernelConstraint = kernelConstraint;
        BiasConstraint = biasConstraint;
    }

    /// <summary>The number of outputs.</summary>
    public int Units { get; }

    /// <summary>The activation.</summary>
    public Activation Activation { get; init; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the kernel, <c>[features, units]</c>, starts.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the bias, <c>[units]</c>, starts.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>What the kernel's size adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the bias's size adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <summary>What the kernel must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? KernelConstraint { get; }

    /// <summary>What the bias must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? BiasConstraint { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) =>
        input.Rank >= 1
            ? Activation.ComputeOutputShape(this, input.With(-1, Units))
            : throw new LayerShapeException(this, [input], "an input of shape [..., features]");

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        var kernel = new WeightSpec("kernel", new Shape(input[-1], Units), KernelInitializer) { Regularizer = KernelRegularizer, Constraint = KernelConstraint };
        var bias = new WeightSpec("bias", new Shape(Units), BiasInitializer) { Regularizer = BiasRegularizer, Constraint = BiasConstraint };
        return UseBias ? [kernel, bias] : [kernel];
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor kernel = builder.Weight("kernel");
        if (!UseBias)
        {
            return (x, _) => Activation.ApplyInPlace(x.Matmul(kernel));
        }

        Tensor bias = builder.Weight("bias");
        return input.Rank == 1
            ? (x, _) => Activation.ApplyInPlace(addmm(bias, x, kernel, 1, 1))
            : (x, _) => Activation.ApplyInPlace(x.Matmul(kernel).AddInPlace(bias));
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape shape = input.Shape.With(-1, Units);
        OnnxValue kernel = onnx.Weight("kernel");
        OnnxValue output = (UseBias, input.Shape.Rank) switch
        {
            (true, 1) => onnx.Node("Gemm", [input, kernel, onnx.Weight("bias")], shape),
            (true, _) => onnx.Node("Add", [onnx.Node("MatMul", [input, kernel], shape), onnx.Weight("bias")], shape),
            _ => onnx.Node("MatMul", [input, kernel], shape),
        };
        return Activation.Export(onnx, output);
    }
}
