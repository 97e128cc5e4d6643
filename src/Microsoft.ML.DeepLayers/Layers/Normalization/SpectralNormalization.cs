using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Wraps a layer and, before each training step, divides its kernel by the kernel's largest singular value, so that the
/// layer stretches no input by more than 1 (Miyato et al. 2018).
/// <para>
/// The singular value σ is found by power iteration on the kernel W, written as a matrix <c>[everything else, outputs]</c>:
/// v = u·Wᵀ / |u·Wᵀ|, u = v·W / |v·W|, σ = v·W·uᵀ. The vector u goes on from step to step. As in Keras, the stored kernel
/// itself is replaced by W / σ before the step, no gradient flows through σ, a kernel of zeros is left alone, and scoring
/// uses the kernel as the last step left it.
/// </para>
/// <para>Input and output are those of the layer. Its weights are <c>layer/kernel</c> and so on, and u is <c>vector_u</c>.</para>
/// <para>Keras: <c>SpectralNormalization</c>; ONNX: those of the layer.</para>
/// </summary>
/// <example><c>new SpectralNormalization(new Dense(64))</c>.</example>
public sealed record SpectralNormalization : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="layer">
    /// The layer: <see cref="Dense"/>, <see cref="EinsumDense"/>, <see cref="Embedding"/>, <see cref="Conv1D"/>, <see cref="Conv2D"/>, or a layer of your
    /// own with one input whose weight <c>kernel</c> has the outputs last.
    /// </param>
    /// <param name="powerIterations">How often v and u are computed in a step; at least 1. Default: 1.</param>
    /// <exception cref="ArgumentException">The layer is none of these.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of iterations is below 1.</exception>
    public SpectralNormalization(Layer layer, int powerIterations = 1)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentOutOfRangeException.ThrowIfLessThan(powerIterations, 1);
        bool isOurs = layer.GetType().Assembly == typeof(Layer).Assembly;
        if (layer is not SingleInputLayer || (isOurs && layer is not (Dense or EinsumDense or Embedding or Conv1D or Conv2D)))
        {
            throw new ArgumentException(
                $"SpectralNormalization takes a layer with a kernel (Dense, EinsumDense, Embedding, Conv1D or Conv2D), but was given {layer.GetType().Name}.",
                nameof(layer));
        }

        (Layer, PowerIterations) = (layer, powerIterations);
    }

    /// <summary>The layer whose kernel is normalized.</summary>
    public Layer Layer { get; }

    /// <summary>How often v and u are computed in a step.</summary>
    public int PowerIterations { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => Layer.AllowsVariableLength;

    /// <inheritdoc/>
    public override bool SupportsMasking => Layer.SupportsMasking;

    /// <summary>Convolutions are stored with the outputs first, where Keras has them last.</summary>
    private bool HasOutputsFirst => Layer is Convolution;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => Layer.ComputeOutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        Shape kernel = Kernel(input).Shape;
        return
        [
            .. WeightSpec.Prefixed("layer", Layer.DeclareWeights([input])),
            new WeightSpec("vector_u", new Shape(1, kernel[HasOutputsFirst ? 0 : -1]), new RandomNormal(standardDeviation: 0.02f)) { Trainable = false },
        ];
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction function = builder.BuildInner("layer", Layer, [input]);
        Tensor kernel = builder.Weight($"layer/{Kernel(input).Name}");
        Tensor vector = builder.Weight("vector_u");
        return (x, context) =>
        {
            // Computed a second time, it finds the kernel normalized.
            if (context.Training && !context.IsRecomputation)
            {
                Normalize(kernel, vector);
            }

            return function([x], context)[0];
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        return Layer.Export(onnx.Inner("layer"), [input])[0];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) => Layer.ComputeMasks(inputs, masks);

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        return Layer.ExportMasks(onnx.Inner("layer"), inputs);
    }

    /// <summary>Keras's <c>normalize</c>: the length is taken as at least 10⁻⁷.</summary>
    private static Tensor Unit(Tensor vector) => vector.div(vector.norm().Maximum(1e-7));

    private void Normalize(Tensor kernel, Tensor vector)
    {
        using IDisposable noGrad = no_grad();
        Tensor matrix = HasOutputsFirst ? kernel.reshape(kernel.shape[0], -1).t() : kernel.reshape(-1, kernel.shape[^1]);
        Tensor u = vector;
        Tensor v = u;
        for (int i = 0; i < PowerIterations; i++)
        {
            v = Unit(u.Matmul(matrix.t()));
            u = Unit(v.Matmul(matrix));
        }

        // Decided on the device, so that a step does not wait for the answer.
        Tensor isZero = kernel.Equal(0).all();
        Tensor sigma = v.Matmul(matrix).Matmul(u.t()).reshape([]);
        kernel.div_(where(isZero, ones_like(sigma), sigma));
        vector.copy_(where(isZero, vector, u));
    }

    private WeightSpec Kernel(Shape input)
    {
        IReadOnlyList<WeightSpec> weights = Layer.GetWeights([input]);
        return weights.FirstOrDefault(weight => weight.Name == "kernel")
            ?? weights.FirstOrDefault(weight => weight.Name == "embeddings")
            ?? throw new LayerShapeException(this, [input], $"a layer with a weight 'kernel' or 'embeddings', which {Layer.GetType().Name} does not have");
    }
}
