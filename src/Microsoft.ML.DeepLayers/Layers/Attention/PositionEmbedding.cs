using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Has a trained vector for each position of a sequence (Devlin et al. 2019). It is meant to be added to the input, of
/// which only the shape counts here; as in Keras, the layer gives the vectors alone.
/// <para>Input and output <c>[batch, ..., steps, features]</c>, the same shape. Masks end here, as in Keras.</para>
/// <para>Weight: <c>embeddings [sequence length, features]</c>.</para>
/// <para>Keras: <c>PositionEmbedding</c> (of KerasHub); ONNX: Slice and Expand.</para>
/// </summary>
/// <example>For <c>[100, 64]</c>, <c>new PositionEmbedding(512)</c> gives <c>[100, 64]</c>, the same for every example.</example>
public sealed record PositionEmbedding : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="sequenceLength">The most steps that a sequence may have; at least 1.</param>
    /// <param name="initializer">How the vectors start. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public PositionEmbedding(int sequenceLength, Initializer? initializer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        SequenceLength = sequenceLength;
        Initializer = initializer ?? VarianceScaling.GlorotUniform;
    }

    /// <summary>The most steps that a sequence may have.</summary>
    public int SequenceLength { get; }

    /// <summary>How the vectors start.</summary>
    public Initializer Initializer { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        if (input.Rank < 2)
        {
            throw new LayerShapeException(this, [input], "an input of shape [..., steps, features]");
        }

        return input[-2] <= SequenceLength
            ? input
            : throw new LayerShapeException(this, [input], $"at most {SequenceLength} steps", "Give it a longer sequenceLength.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
        [new WeightSpec("embeddings", new Shape(SequenceLength, input[-1]), Initializer)];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor embeddings = builder.Weight("embeddings");
        return (x, _) =>
        {
            long steps = x.shape[^2];
            return steps <= SequenceLength
                ? embeddings.narrow(0, 0, steps).expand(x.shape)
                : throw new LayerShapeException(
                    this, [input.With(-2, (int)steps)], $"at most {SequenceLength} steps", "Give it a longer sequenceLength, or shorten the sequences.");
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue steps = onnx.Node("Shape", [input], default, OnnxAttribute.Int("start", -2), OnnxAttribute.Int("end", -1));
        OnnxValue embeddings = onnx.Node("Slice", [onnx.Weight("embeddings"), onnx.Constant(0), steps, onnx.Constant(0)], default);
        return onnx.Node("Expand", [embeddings, onnx.Node("Shape", [input], default)], input.Shape);
    }
}
