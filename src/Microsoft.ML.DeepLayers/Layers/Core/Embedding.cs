using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Looks up a trained vector for each whole number.
/// <para>
/// Input <c>[batch, ...]</c>, whole numbers from 0 to input dimension - 1 (as floats, exact up to 16,777,216); output
/// <c>[batch, ..., output dimension]</c>. With maskZero the input is <c>[batch, steps]</c>, and steps that are 0 are left
/// out by a mask <c>[batch, steps]</c>, which the layers after it respect.
/// </para>
/// <para>Keras: <c>Embedding</c>; ONNX: Cast and Gather, with Equal and Not for a mask.</para>
/// </summary>
/// <example><c>new Embedding(1000, 64)</c> turns <c>[20]</c> into <c>[20, 64]</c>.</example>
public sealed record Embedding : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="inputDim">How many different numbers there are; at least 1.</param>
    /// <param name="outputDim">The length of the vectors; at least 1.</param>
    /// <param name="embeddingsInitializer">How the vectors start. Default: <see cref="RandomUniform"/>.</param>
    /// <param name="embeddingsRegularizer">What the size of the vectors adds to the loss. Default: nothing.</param>
    /// <param name="embeddingsConstraint">What the vectors must satisfy. Default: nothing.</param>
    /// <param name="maskZero">Whether 0 stands for no step, and is masked. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is below 1.</exception>
    public Embedding(
        int inputDim,
        int outputDim,
        Initializer? embeddingsInitializer = null,
        Regularizer? embeddingsRegularizer = null,
        Constraint? embeddingsConstraint = null,
        bool maskZero = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputDim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputDim, 1);
        InputDim = inputDim;
        OutputDim = outputDim;
        EmbeddingsInitializer = embeddingsInitializer ?? new RandomUniform();
        EmbeddingsRegularizer = embeddingsRegularizer;
        EmbeddingsConstraint = embeddingsConstraint;
        MaskZero = maskZero;
    }

    /// <summary>How many different numbers there are.</summary>
    public int InputDim { get; }

    /// <summary>The length of the vectors.</summary>
    public int OutputDim { get; }

    /// <summary>How the vectors, <c>[input dimension, output dimension]</c>, start.</summary>
    public Initializer EmbeddingsInitializer { get; }

    /// <summary>What the size of the vectors adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? EmbeddingsRegularizer { get; }

    /// <summary>What the vectors must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? EmbeddingsConstraint { get; }
    /// <summary>Whether 0 stands for no step, and is masked.</summary>
    public bool MaskZero { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => !MaskZero || input.Rank == 1
        ? new([.. input, OutputDim])
        : throw new LayerShapeException(this, [input], "an input of shape [steps], because of maskZero");

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
    [
        new WeightSpec("embeddings", new Shape(InputDim, OutputDim), EmbeddingsInitializer)
        {
            Regularizer = EmbeddingsRegularizer,
            Constraint = EmbeddingsConstraint,
        },
    ];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor embeddings = builder.Weight("embeddings");
        return (x, _) => embeddings.index_select(0, x.flatten().to(ScalarType.Int64)).reshape([.. x.shape, OutputDim]);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        const int Int64 = 7; // TensorProto.DataType
        OnnxValue indices = onnx.Node("Cast", [input], input.Shape, OnnxAttribute.Int("to", Int64));
        return onnx.Node("Gather", [onnx.Weight("embeddings"), indices], ComputeOutputShape(input.Shape), OnnxAttribute.Int("axis", 0));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return [MaskZero ? inputs[0].NotEqual(0) : null];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        Shape shape = inputs[0].Shape;
        return [MaskZero ? onnx.Node("Not", [onnx.Node("Equal", [inputs[0], onnx.Constant([0f])], shape)], shape) : null];
    }
}
