using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="MultiHeadAttention"/> and <see cref="GroupQueryAttention"/> have in common: query, key and value are
/// projected into heads, each head looks at the source on its own, and what the heads find is projected to the output.
/// </summary>
public abstract record ProjectedAttention : Layer
{
    private protected ProjectedAttention(
        float dropout,
        bool useBias,
        Initializer? kernelInitializer,
        Initializer? biasInitializer,
        bool useCausalMask,
        bool returnAttentionScores,
        Regularizer? kernelRegularizer,
        Regularizer? biasRegularizer,
        Constraint? kernelConstraint,
        Constraint? biasConstraint)
    {
        Dropout = AttentionWeights.CheckDropout(dropout);
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        UseCausalMask = useCausalMask;
        ReturnAttentionScores = returnAttentionScores;
        KernelRegularizer = kernelRegularizer;
        BiasRegularizer = biasRegularizer;
        KernelConstraint = kernelConstraint;
        BiasConstraint = biasConstraint;
    }

    /// <summary>The fraction of the attention weights that is dropped in training.</summary>
    public float Dropout { get; }

    /// <summary>Whether the four projections add a bias.</summary>
    public bool UseBias { get; }

    /// <summary>How the four kernels start.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the four biases start.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>Whether step t looks only at source steps up to t.</summary>
    public bool UseCausalMask { get; }

    /// <summary>Whether the attention weights, <c>[batch, heads, target steps, source steps]</c>, are a second output.</summary>
    public bool ReturnAttentionScores { get; }

    /// <summary>What the kernels add to the loss.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the biases add to the loss.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <summary>What the kernels must satisfy.</summary>
    public Constraint? KernelConstraint { get; }

    /// <summary>What the biases must satisfy.</summary>
    public Constraint? BiasConstraint { get; }

    /// <inheritdoc/>
    public sealed override int OutputCount => ReturnAttentionScores ? 2 : 1;

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => !ReturnAttentionScores;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    private protected abstract int QueryHeads { get; }

    private protected abstract int KeyValueHeads { get; }

    /// <summary>The numbers that a head compares.</summary>
    private protected abstract int KeySize { get; }

    /// <summary>The numbers that a head finds.</summary>
    private protected abstract int ValueSize { get; }

    /// <summary>The features of the output, or null for those of the query.</summary>
    private protected abstract int? OutputSize { get; }

    private float Scale => (float)(1 / Math.Sqrt(KeySize));

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        (Shape query, Shape value, _) = AttentionInputs.Check(this, inputShapes, ReturnAttentionScores);
        Shape output = query.With(-1, OutputSize ?? query[-1]);
        return ReturnAttentionScores ? [output, new Shape(QueryHeads, query[0], value[0])] : [output];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        (Shape query, Shape value, Shape key) = AttentionInputs.Of(inputShapes);
        int output = OutputSize ?? query[-1];
        return
        [
            .. Projection("query", new Shape(query[-1], QueryHeads, KeySize), new Shape(QueryHeads, KeySize)),
            .. Projection("key", new Shape(key[-1], KeyValueHeads, KeySize), new Shape(KeyValueHeads, KeySize)),
            .. Projection("value", new Shape(value[-1], KeyValueHeads, ValueSize), new Shape(KeyValueHeads, ValueSize)),
            .. Projection("attention_output", new Shape(QueryHeads, ValueSize, output), new Shape(output)),
        ];
    }

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<Tensor, Tensor> toQuery = BuildHeads(builder, "query", QueryHeads);
        Func<Tensor, Tensor> toKey = BuildHeads(builder, "key", KeyValueHeads);
        Func<Tensor, Tensor> toValue = BuildHeads(builder, "value", KeyValueHeads);
        Func<Tensor, Tensor> toOutput = BuildProjection(builder, "attention_output");
        return (inputs, context) =>
        {
            (Tensor query, Tensor value, Tensor key) = AttentionInputs.Of(inputs);
            (Tensor queries, Tensor values, Tensor keys) = (toQuery(query), toValue(value), toKey(key));
            bool explicitly = ReturnAttentionScores || (context.Training && Dropout > 0);
            Tensor? weights = explicitly ? Weights(queries, keys, Mask(inputs, context, UseCausalMask)) : null;
            // libtorch's own dropout would draw from the generator that the whole process shares.
            Tensor found = weights is null
                ? Fused(queries, keys, values, inputs, context)
                : AttentionWeights.Drop(this, weights, Dropout, context).Matmul(values);
            Tensor output = toOutput(found.transpose(1, 2).flatten(2));
            return ReturnAttentionScores ? [output, weights!] : [output];
        };
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        (OnnxValue query, OnnxValue value, OnnxValue key) = AttentionInputs.Of(inputs);
        IReadOnlyList<Shape> shapes = ComputeOutputShapes([.. inputs.Select(input => input.Shape)]);
        // Query heads that share a key are a dimension of their own, over which the products broadcast.
        int shared = QueryHeads / KeyValueHeads;
        bool grouped = shared > 1;
        long[] queryHeads = grouped ? [KeyValueHeads, shared] : [QueryHeads];
        long[] keyValueHeads = grouped ? [KeyValueHeads, 1] : [KeyValueHeads];
        long[] headsFirst = grouped ? [0, 2, 3, 1, 4] : [0, 2, 1, 3];
        long[] stepsLast = grouped ? [0, 2, 3, 4, 1] : [0, 2, 3, 1];
        long[] headsLast = grouped ? [0, 3, 1, 2, 4] : [0, 2, 1, 3];

        OnnxValue queries = Heads(query, "query", queryHeads, KeySize, headsFirst);
        OnnxValue keys = Heads(key, "key", keyValueHeads, KeySize, stepsLast);
        OnnxValue values = Heads(value, "value", keyValueHeads, ValueSize, headsFirst);
        queries = onnx.Elementwise("Mul", queries, [onnx.Constant([Scale])]);
        OnnxValue? mask = AttentionMask.Export(
            onnx, query.Mask, [inputs.Count > 1 ? value.Mask : query.Mask, inputs.Count > 2 ? key.Mask : null],
            UseCausalMask ? (query, value) : null, queryHeads.Length);
        OnnxValue weights = AttentionWeights.Export(onnx, onnx.Node("MatMul", [queries, keys], default), mask);
        OnnxValue found = onnx.Transpose(onnx.Node("MatMul", [weights, values], default), default, headsLast);
        OnnxValue joined = onnx.Node("Reshape", [found, onnx.Constant(0, 0, QueryHeads * ValueSize)], default);
        OnnxValue output = Project(joined, "attention_output", QueryHeads * ValueSize, shapes[0][-1], shapes[0]);
        return ReturnAttentionScores ? [output, onnx.Reshape(weights, shapes[1])] : [output];

        OnnxValue Heads(OnnxValue x, string name, long[] heads, int size, long[] permutation)
        {
            OnnxValue projected = Project(x, name, x.Shape[-1], (int)heads.Aggregate(1L, (product, length) => product * length) * size, default);
            // In ONNX a 0 takes the dimension of the input.
            long[] split = [0, 0, .. heads, size];
            return onnx.Transpose(onnx.Node("Reshape", [projected, onnx.Constant(split)], default), default, permutation);
        }

        OnnxValue Project(OnnxValue x, string name, int from, int to, Shape shape)
        {
            OnnxValue kernel = onnx.Node("Reshape", [onnx.Weight($"{name}/kernel"), onnx.Constant(from, to)], default);
            OnnxValue product = onnx.Node("MatMul", [x, kernel], shape);
            return UseBias
                ? onnx.Node("Add", [product, onnx.Node("Reshape", [onnx.Weight($"{name}/bias"), onnx.Constant(to)], default)], shape)
                : product;
        }
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return ReturnAttentionScores ? [masks[0], null] : [masks[0]];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return ReturnAttentionScores ? [inputs[0].Mask, null] : [inputs[0].Mask];
    }

    /// <summary>Which source steps count, <c>[batch, 1, target steps, source steps]</c> (lengths of 1 broadcast).</summary>
    private static Tensor? Mask(IReadOnlyList<Tensor> inputs, ForwardContext context, bool causal)
    {
        Tensor? value = inputs.Count > 1 ? context.Mask(1) : context.Mask();
        Tensor? key = inputs.Count > 2 ? context.Mask(2) : null;
        return AttentionMask.Join(context.Mask(), [value, key], causal ? (inputs[0], AttentionInputs.Of(inputs).Value) : null)?.unsqueeze(1);
    }

    /// <summary>libtorch's own attention, which never holds all weights at once.</summary>
    private Tensor Fused(Tensor queries, Tensor keys, Tensor values, IReadOnlyList<Tensor> inputs, ForwardContext context)
    {
        if (context.Masks.All(mask => mask is null))
        {
            return nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: UseCausalMask);
        }

        // Where a step may look at nothing, libtorch gives 0 and Keras the mean of all values: let such a step look at all,
        // with a query of zeros.
        Tensor mask = Mask(inputs, context, UseCausalMask)!;
        Tensor some = mask.any(-1, keepdim: true);
        return nn.functional.scaled_dot_product_attention(
            queries.mul(some.to(queries.dtype)), keys, values, mask.logical_or(some.logical_not()));
    }

    private Tensor Weights(Tensor queries, Tensor keys, Tensor? mask) =>
        AttentionWeights.Softmax(queries.Multiply(Scale).Matmul(keys.transpose(-1, -2)), mask);

    /// <summary>Projects <c>[batch, steps, features]</c> to <c>[batch, query heads, steps, size]</c>.</summary>
    private Func<Tensor, Tensor> BuildHeads(LayerBuilder builder, string name, int heads)
    {
        Func<Tensor, Tensor> project = BuildProjection(builder, name);
        return x =>
        {
            Tensor projected = project(x);
            Tensor split = projected.reshape(x.shape[0], x.shape[1], heads, projected.shape[2] / heads);
            // Neighbouring query heads share a key and a value.
            return (heads == QueryHeads ? split : split.repeat_interleave(QueryHeads / heads, 2)).transpose(1, 2);
        };
    }

    private Func<Tensor, Tensor> BuildProjection(LayerBuilder builder, string name)
    {
        Tensor kernel = builder.Weight($"{name}/kernel");
        Tensor? bias = UseBias ? builder.Weight($"{name}/bias") : null;
        // The heads belong to the output of three of the projections and to the input of the last.
        bool last = name == "attention_output";
        return x =>
        {
            Tensor product = x.Matmul(last ? kernel.flatten(0, 1) : kernel.flatten(1, 2));
            return bias is null ? product : product.AddInPlace(bias.flatten());
        };
    }

    /// <summary>The weights of a projection. Keras counts the fans of a kernel of three dimensions as those of a convolution.</summary>
    private IEnumerable<WeightSpec> Projection(string name, Shape kernel, Shape bias)
    {
        yield return new WeightSpec($"{name}/kernel", kernel, KernelInitializer)
        {
            FanIn = kernel[0] * kernel[1],
            FanOut = kernel[0] * kernel[2],
            Regularizer = KernelRegularizer,
            Constraint = KernelConstraint,
        };
        if (UseBias)
        {
            yield return new WeightSpec($"{name}/bias", bias, BiasInitializer) { Regularizer = BiasRegularizer, Constraint = BiasConstraint };
        }
    }
}
