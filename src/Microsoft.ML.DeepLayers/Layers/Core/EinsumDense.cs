using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A layer whose product of input and kernel is written in Einstein's notation: activation(einsum(equation, input, kernel)
/// + bias). Each letter is a dimension; those that the output does not have are summed over.
/// <para>
/// The equation is of the form <c>ab,bc->ac</c>, where <c>a</c>, the first letter of the input, is the batch; or
/// <c>...b,bc->...c</c>, where the ellipsis stands for the batch and any dimensions after it; or <c>ab...,bc->ac...</c>,
/// where it stands for any dimensions at the end.
/// </para>
/// <para>
/// Input and output <c>[batch, ...]</c>, as the equation says. The kernel has the dimensions of its letters; the bias has
/// those from the first of its letters on, with 1 for letters that are not its own. As in Keras, a mask ends here.
/// </para>
/// <para>Keras: <c>EinsumDense</c>; ONNX: Einsum and Add.</para>
/// </summary>
/// <example>
/// <c>new EinsumDense("abc,cde->abde", [-1, 8, 64], biasAxes: "de")</c> makes 8 vectors of 64 of each step: <c>[100, 32]</c>
/// becomes <c>[100, 8, 64]</c>.
/// </example>
public sealed record EinsumDense : SingleInputLayer
{
    private readonly EinsumEquation parts;

    /// <summary>Creates the layer.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="outputShape">
    /// The lengths of the output's letters, without the batch and without what an ellipsis stands for; -1 for that of the input
    /// (Keras: <c>None</c>).
    /// </param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="biasAxes">The letters of the output that the bias has. Default: no bias.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentException">The equation is of another form, or the output shape or bias axes do not fit it.</exception>
    public EinsumDense(
        string equation,
        int[] outputShape,
        Activation? activation = null,
        string? biasAxes = null,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
        : this(
            equation, ImmutableArray.Create(outputShape ?? throw new ArgumentNullException(nameof(outputShape))), activation, biasAxes,
            kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer, kernelConstraint, biasConstraint)
    {
    }

    [JsonConstructor]
    private EinsumDense(
        string equation,
        ImmutableArray<int> outputShape,
        Activation? activation = null,
        string? biasAxes = null,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
    {
        ArgumentNullException.ThrowIfNull(equation);
        parts = new EinsumEquation(equation);
        string letters = parts.OutputLetters;
        if (outputShape.Length != letters.Length || outputShape.Any(length => length is not (-1 or >= 1)))
        {
            throw new ArgumentException(
                $"The output shape must give a length, of at least 1 or -1 for that of the input, to each of the letters '{letters}', but is [{string.Join(", ", outputShape)}].",
                nameof(outputShape));
        }

        if (letters.Where((letter, i) => outputShape[i] == -1 && !parts.IsInInput(letter)).Any())
        {
            throw new ArgumentException($"The output shape must give the lengths of letters that the input does not have, but is [{string.Join(", ", outputShape)}].", nameof(outputShape));
        }

        if (biasAxes is not null && (biasAxes.Length == 0 || biasAxes.Distinct().Count() < biasAxes.Length || biasAxes.Any(letter => !letters.Contains(letter))))
        {
            throw new ArgumentException($"The bias axes must be some of the letters '{letters}', each once, but are '{biasAxes}'.", nameof(biasAxes));
        }

        Equation = equation;
        OutputShape = outputShape;
        Activation = activation ?? Activation.Linear;
        BiasAxes = biasAxes;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        KernelRegularizer = kernelRegularizer;
        BiasRegularizer = biasRegularizer;
        KernelConstraint = kernelConstraint;
        BiasConstraint = biasConstraint;
    }

    /// <summary>The equation.</summary>
    public string Equation { get; }

    /// <summary>The lengths of the output's letters; -1 for that of the input.</summary>
    public ImmutableArray<int> OutputShape { get; }

    /// <summary>The activation.</summary>
    public Activation Activation { get; init; }

    /// <summary>The letters of the output that the bias has; <see langword="null"/> for no bias.</summary>
    public string? BiasAxes { get; }

    /// <summary>How the kernel starts.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the bias starts.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the size of the bias adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? KernelConstraint { get; }

    /// <summary>What the bias must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? BiasConstraint { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => parts.AllowsVariableLength;

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(EinsumDense? other) => base.Equals(other)
        && (Equation, Activation, BiasAxes, KernelInitializer, BiasInitializer) == (other.Equation, other.Activation, other.BiasAxes, other.KernelInitializer, other.BiasInitializer)
        && (KernelRegularizer, BiasRegularizer, KernelConstraint, BiasConstraint)
            == (other.KernelRegularizer, other.BiasRegularizer, other.KernelConstraint, other.BiasConstraint)
        && OutputShape.AsSpan().SequenceEqual(other.OutputShape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Equation, string.Join(',', OutputShape), BiasAxes, Activation);

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => Activation.ComputeOutputShape(this, Analyze(input).Output);

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        EinsumShapes shapes = Analyze(input);
        var weights = new List<WeightSpec> { Spec("kernel", shapes.Kernel, KernelInitializer) with { Regularizer = KernelRegularizer, Constraint = KernelConstraint } };
        if (BiasAxes is not null)
        {
            weights.Add(Spec("bias", shapes.Bias, BiasInitializer) with { Regularizer = BiasRegularizer, Constraint = BiasConstraint });
        }

        return weights;
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string equation = Analyze(input).Equation;
        Tensor kernel = builder.Weight("kernel");
        Tensor? bias = BiasAxes is null ? null : builder.Weight("bias");
        return (x, _) =>
        {
            Tensor product = einsum(equation, x, kernel);
            return Activation.Apply(bias is null ? product : product.Add(bias));
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        EinsumShapes shapes = Analyze(input.Shape);
        OnnxValue output = onnx.Node("Einsum", [input, onnx.Weight("kernel")], shapes.Output, OnnxAttribute.Text("equation", shapes.Equation));
        return Activation.Export(onnx, BiasAxes is null ? output : onnx.Node("Add", [output, onnx.Weight("bias")], shapes.Output));
    }

    /// <summary>Keras counts all dimensions but the last two as places where the last two are used.</summary>
    private static WeightSpec Spec(string name, Shape shape, Initializer initializer)
    {
        int places = shape.Rank <= 2 ? 1 : shape.Take(shape.Rank - 2).Aggregate(1, (product, length) => product * length);
        return new WeightSpec(name, shape, initializer) { FanIn = places * shape[shape.Rank == 1 ? 0 : -2], FanOut = places * shape[-1] };
    }

    private EinsumShapes Analyze(Shape input)
    {
        (EinsumShapes? shapes, string? expected) = parts.Analyze(input, OutputShape, BiasAxes ?? "");
        return shapes ?? throw new LayerShapeException(this, [input], $"{expected} (equation '{Equation}')");
    }
}
