using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="TransformerEncoder"/> and <see cref="TransformerDecoder"/> have in common (Vaswani et al. 2017):
/// attention and then two dense layers, each with dropout behind it, its input added and the sum normalized.
/// </summary>
public abstract record TransformerBlock : Layer
{
    private protected TransformerBlock(
        int intermediateDim,
        int numHeads,
        float dropout,
        Activation? activation,
        float layerNormEpsilon,
        Initializer? kernelInitializer,
        Initializer? biasInitializer,
        bool normalizeFirst)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(intermediateDim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(numHeads, 1);
        if (!(layerNormEpsilon > 0 && float.IsFinite(layerNormEpsilon)))
        {
            throw new ArgumentOutOfRangeException(nameof(layerNormEpsilon), layerNormEpsilon, "Epsilon must be above 0, and finite.");
        }

        IntermediateDim = intermediateDim;
        NumHeads = numHeads;
        Dropout = AttentionWeights.CheckDropout(dropout);
        Activation = activation ?? Activation.ReLU;
        LayerNormEpsilon = layerNormEpsilon;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        NormalizeFirst = normalizeFirst;
    }

    /// <summary>The units of the first of the two dense layers.</summary>
    public int IntermediateDim { get; }

    /// <summary>The number of heads.</summary>
    public int NumHeads { get; }

    /// <summary>The fraction that is dropped in training: of the attention weights, and of what each part adds.</summary>
    public float Dropout { get; }

    /// <summary>The activation of the first of the two dense layers.</summary>
    public Activation Activation { get; }

    /// <summary>What the normalizations add to the variance.</summary>
    public float LayerNormEpsilon { get; }

    /// <summary>How the kernels start.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the biases start.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>Whether the input of each part is normalized, rather than the sum of its input and output.</summary>
    public bool NormalizeFirst { get; }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    /// <summary>Whether a step looks only at steps up to its own, and a second input may be looked at.</summary>
    private protected abstract bool IsDecoder { get; }

    /// <summary>What Keras calls the self-attention.</summary>
    private protected abstract string SelfAttention { get; }

    private Dropout AfterPart => new(Dropout);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        if (inputShapes.Count is not (1 or 2) || (inputShapes.Count == 2 && !IsDecoder) || inputShapes.Any(shape => shape.Rank != 2))
        {
            throw new LayerShapeException(
                this, inputShapes, IsDecoder ? "one or two inputs (decoder and encoder sequence) of shape [steps, features]" : "one input of shape [steps, features]");
        }

        return inputShapes[0][-1] >= NumHeads
            ? [inputShapes[0]]
            : throw new LayerShapeException(this, inputShapes, $"at least as many features as heads ({NumHeads})");
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        return [.. Parts(inputShapes).SelectMany(part => WeightSpec.Prefixed(part.Name, part.Layer.DeclareWeights(part.Inputs)))];
    }

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Dictionary<string, LayerFunction> parts = Parts(builder.InputShapes)
            .ToDictionary(part => part.Name, part => builder.BuildInner(part.Name, part.Layer, part.Inputs));
        LayerFunction dropout = builder.BuildInner("dropout", AfterPart, [builder.InputShapes[0]]);
        return (inputs, context) =>
        {
            // In KerasHub the decoder's attention does not see the mask of the query: its padding looks at the rest.
            Tensor? mask = context.Mask();
            ForwardContext self = context with { Masks = [IsDecoder ? null : mask, mask] };
            ForwardContext cross = context with { Masks = [null, context.Mask(1)] };
            Tensor x = Part(inputs[0], "self_attention_layer_norm", input => parts[SelfAttention]([input, input], self)[0]);
            if (inputs.Count == 2)
            {
                x = Part(x, "cross_attention_layer_norm", input => parts["cross_attention"]([input, inputs[1]], cross)[0]);
            }

            return [Part(x, "feedforward_layer_norm", input => parts["feedforward_output_dense"](parts["feedforward_intermediate_dense"]([input], context), context)[0])];

            Tensor Part(Tensor input, string norm, Func<Tensor, Tensor> compute)
            {
                Tensor added = compute(NormalizeFirst ? parts[norm]([input], context)[0] : input);
                Tensor sum = dropout([added], context)[0].Add(input);
                return NormalizeFirst ? sum : parts[norm]([sum], context)[0];
            }
        };
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        Dictionary<string, Layer> parts = Parts([.. inputs.Select(input => input.Shape)]).ToDictionary(part => part.Name, part => part.Layer);
        OnnxValue? mask = inputs[0].Mask;
        OnnxValue x = Part(
            inputs[0], "self_attention_layer_norm",
            input => Inner(SelfAttention, input.WithMask(IsDecoder ? null : mask), input.WithMask(mask)));
        if (inputs.Count == 2)
        {
            x = Part(x, "cross_attention_layer_norm", input => Inner("cross_attention", input.WithMask(null), inputs[1]));
        }

        return [Part(x, "feedforward_layer_norm", input => Inner("feedforward_output_dense", Inner("feedforward_intermediate_dense", input)))];

        OnnxValue Part(OnnxValue input, string norm, Func<OnnxValue, OnnxValue> compute)
        {
            OnnxValue sum = onnx.Binary("Add", compute(NormalizeFirst ? Inner(norm, input) : input), input);
            return NormalizeFirst ? sum : Inner(norm, sum);
        }

        OnnxValue Inner(string name, params OnnxValue[] values) => parts[name].ExportMasked(onnx.Inner(name), values)[0];
    }

    /// <summary>The layers with weights, under Keras's names, and the shapes of their inputs.</summary>
    private IEnumerable<(string Name, Layer Layer, IReadOnlyList<Shape> Inputs)> Parts(IReadOnlyList<Shape> shapes)
    {
        Shape x = shapes[0];
        var norm = new LayerNormalization(epsilon: LayerNormEpsilon);
        yield return (SelfAttention, Attention(x, IsDecoder), [x, x]);
        yield return ("self_attention_layer_norm", norm, [x]);
        if (shapes.Count == 2)
        {
            yield return ("cross_attention", Attention(x, causal: false), [x, shapes[1]]);
            yield return ("cross_attention_layer_norm", norm, [x]);
        }

        Dense intermediate = Dense(IntermediateDim, Activation);
        yield return ("feedforward_intermediate_dense", intermediate, [x]);
        yield return ("feedforward_output_dense", Dense(x[-1], Activation.Linear), [intermediate.ComputeOutputShape(x)]);
        yield return ("feedforward_layer_norm", norm, [x]);
    }

    private MultiHeadAttention Attention(Shape x, bool causal) => new(
        NumHeads, x[-1] / NumHeads, dropout: Dropout, kernelInitializer: KernelInitializer, biasInitializer: BiasInitializer, useCausalMask: causal);

    private Dense Dense(int units, Activation activation) => new(units, activation, kernelInitializer: KernelInitializer, biasInitializer: BiasInitializer);
}
