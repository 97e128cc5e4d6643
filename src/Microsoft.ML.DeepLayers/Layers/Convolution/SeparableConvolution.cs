using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="SeparableConv1D"/> and <see cref="SeparableConv2D"/> have in common.</summary>
public abstract record SeparableConvolution : Convolution
{
    private protected SeparableConvolution(
        int filters, Padding padding, int depthMultiplier, Activation? activation, bool useBias,
        Initializer? depthwiseInitializer, Initializer? pointwiseInitializer, Initializer? biasInitializer,
        Regularizer? depthwiseRegularizer, Regularizer? pointwiseRegularizer, Regularizer? biasRegularizer,
        Constraint? depthwiseConstraint, Constraint? pointwiseConstraint, Constraint? biasConstraint)
        : base(padding, activation, useBias, biasInitializer, biasRegularizer, biasConstraint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depthMultiplier, 1);
        Filters = filters;
        DepthMultiplier = depthMultiplier;
        DepthwiseInitializer = depthwiseInitializer ?? VarianceScaling.GlorotUniform;
        PointwiseInitializer = pointwiseInitializer ?? VarianceScaling.GlorotUniform;
        DepthwiseRegularizer = depthwiseRegularizer;
        PointwiseRegularizer = pointwiseRegularizer;
        DepthwiseConstraint = depthwiseConstraint;
        PointwiseConstraint = pointwiseConstraint;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>How many channels the depthwise convolution makes of each.</summary>
    public int DepthMultiplier { get; }

    /// <summary>How the depthwise kernel starts. It is stored as <c>[channels · depth multiplier, 1, ...kernel size]</c>.</summary>
    public Initializer DepthwiseInitializer { get; }

    /// <summary>How the pointwise kernel starts. It is stored as <c>[filters, channels · depth multiplier, 1, ...]</c>.</summary>
    public Initializer PointwiseInitializer { get; }

    /// <summary>What the size of the depthwise kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? DepthwiseRegularizer { get; }

    /// <summary>What the size of the pointwise kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? PointwiseRegularizer { get; }

    /// <summary>What the depthwise kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? DepthwiseConstraint { get; }

    /// <summary>What the pointwise kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? PointwiseConstraint { get; }

    private protected abstract SlidingWindow Window { get; }

    private protected sealed override int Rank => Window.Rank;

    private protected sealed override Shape ConvolvedShape(Shape input) => Window.OutputShape(this, input, Filters);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        SlidingWindow window = Window;
        int between = input[-1] * DepthMultiplier;
        var pointwise = new WeightSpec("pointwise_kernel", new Shape([Filters, between, .. window.Size.Select(_ => 1)]), PointwiseInitializer)
        {
            FanIn = between,
            FanOut = Filters,
            // In Keras: [...1, channels · multiplier, filters].
            KerasAxes = [.. window.Size.Select((_, axis) => axis + 2), 1, 0],
            Regularizer = PointwiseRegularizer,
            Constraint = PointwiseConstraint,
        };
        return
        [
            DepthwiseConvolution.KernelOf(
                "depthwise_kernel", window, input[-1], DepthMultiplier, DepthwiseInitializer, DepthwiseRegularizer, DepthwiseConstraint),
            pointwise,
            .. Bias(Filters),
        ];
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor depthwise = builder.Weight("depthwise_kernel");
        Tensor pointwise = builder.Weight("pointwise_kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        int channels = input[-1];
        Func<Tensor, Tensor> convolve = Window.ChannelsLast(this, input, 0, (x, window, pads) =>
            nn.functional.conv2d(Convolve(x, depthwise, null, window, pads, channels), AsImage(pointwise), bias));
        return (x, _) => Activation.Apply(convolve(x));
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape shape = ConvolvedShape(input.Shape);
        OnnxValue between = ExportConvolution(
            onnx, input, Window, shape.With(-1, input.Shape[-1] * DepthMultiplier), onnx.Weight("depthwise_kernel"), null, input.Shape[-1]);
        OnnxValue output = onnx.ChannelsFirstNode(
            "Conv", [between, onnx.Weight("pointwise_kernel"), UseBias ? onnx.Weight("bias") : null], shape);
        return Activation.Export(onnx, output);
    }
}
