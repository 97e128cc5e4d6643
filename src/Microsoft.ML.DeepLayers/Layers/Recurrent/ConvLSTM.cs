using System.Collections.Immutable;
namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="ConvLSTM1D"/> and <see cref="ConvLSTM2D"/> have in common: an <see cref="LSTM"/> over images, whose
/// products are convolutions.
/// </summary>
public abstract partial record ConvLSTM : RecurrentLayer
{
    private protected ConvLSTM(
        int filters,
        Padding padding,
        Activation? activation,
        Activation? recurrentActivation,
        bool useBias,
        Initializer? kernelInitializer,
        Initializer? recurrentInitializer,
        Initializer? biasInitializer,
        bool unitForgetBias,
        Regularizer? kernelRegularizer,
        Regularizer? recurrentRegularizer,
        Regularizer? biasRegularizer,
        Constraint? kernelConstraint,
        Constraint? recurrentConstraint,
        Constraint? biasConstraint,
        float dropout,
        float recurrentDropout,
        bool returnSequences,
        bool returnState,
        bool goBackwards,
        bool zeroOutputForMask)
        : base(returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        SlidingWindow.CheckPadding(padding);
        (Filters, Padding, UseBias, UnitForgetBias) = (filters, padding, useBias, unitForgetBias);
        Activation = activation ?? Activation.Tanh;
        RecurrentActivation = recurrentActivation ?? Activation.Sigmoid;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        RecurrentInitializer = recurrentInitializer ?? new Orthogonal();
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        (KernelRegularizer, RecurrentRegularizer, BiasRegularizer) = (kernelRegularizer, recurrentRegularizer, biasRegularizer);
        (KernelConstraint, RecurrentConstraint, BiasConstraint) = (kernelConstraint, recurrentConstraint, biasConstraint);
        Dropout = RecurrentMasks.CheckRate(dropout, nameof(dropout));
        RecurrentDropout = RecurrentMasks.CheckRate(recurrentDropout, nameof(recurrentDropout));
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>What happens at the borders of the input; the convolution of the state always has <see cref="Padding.Same"/>.</summary>
    public Padding Padding { get; }

    /// <summary>The activation of candidate and output.</summary>
    public Activation Activation { get; }

    /// <summary>The activation of the gates.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the kernel, <c>[4 · filters, channels, ...kernel size]</c>, starts.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the recurrent kernel, <c>[4 · filters, filters, ...kernel size]</c>, starts.</summary>
    public Initializer RecurrentInitializer { get; }

    /// <summary>How the bias, <c>[4 · filters]</c>, starts.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>Whether the bias of the forget gate starts at 1.</summary>
    public bool UnitForgetBias { get; }

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the size of the recurrent kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? RecurrentRegularizer { get; }

    /// <summary>What the size of the bias adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? KernelConstraint { get; }

    /// <summary>What the recurrent kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? RecurrentConstraint { get; }

    /// <summary>What the bias must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? BiasConstraint { get; }

    /// <summary>The fraction of the input that each sequence drops in training, for each gate another one.</summary>
    public float Dropout { get; }

    /// <summary>The fraction of the last output that each sequence drops in training, for each gate another one.</summary>
    public float RecurrentDropout { get; }

    internal sealed override int StateCount => 2;

    /// <summary>The window over the input.</summary>
    private protected abstract SlidingWindow Window { get; }

    /// <summary>The window over the state: it moves by 1 and keeps the size.</summary>
    private protected abstract SlidingWindow StateWindow { get; }

    /// <summary>The shape of the input, for messages.</summary>
    private protected abstract string Pattern { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        int[] size = [.. Window.Size.Select(length => (int)length)];
        int positions = size.Aggregate(1, (product, length) => product * length);
        int channels = inputShapes[0][-1];
        ImmutableArray<int> kerasAxes = [.. Enumerable.Range(2, size.Length), 1, 0]; // In Keras: [...kernel size, channels, filters].
        List<WeightSpec> weights =
        [
            new("kernel", new Shape([4 * Filters, channels, .. size]), KernelInitializer)
            {
                FanIn = positions * channels, FanOut = positions * 4 * Filters, Regularizer = KernelRegularizer, Constraint = KernelConstraint, KerasAxes = kerasAxes,
            },
            new("recurrent_kernel", new Shape([4 * Filters, Filters, .. size]), RecurrentInitializer)
            {
                FanIn = positions * Filters, FanOut = positions * 4 * Filters, Regularizer = RecurrentRegularizer, Constraint = RecurrentConstraint, KerasAxes = kerasAxes,
            },
        ];
        if (UseBias)
        {
            weights.Add(new WeightSpec("bias", new Shape(4 * Filters), UnitForgetBias ? new UnitForgetBias(BiasInitializer) : BiasInitializer)
            {
                Regularizer = BiasRegularizer,
                Constraint = BiasConstraint,
            });
        }

        return weights;
    }

    internal sealed override (Shape Output, IReadOnlyList<Shape> States) ComputeStepShapes(Shape sequence)
    {
        if (sequence.Rank != Window.Size.Length + 2 || sequence.HasVariableLength)
        {
            throw new LayerShapeException(
                this, [sequence], $"an input of shape {Pattern}",
                sequence.HasVariableLength ? "The number of steps must be fixed, as ONNX has no operator that would take any." : null);
        }

        long[] spans = [.. Window.Size.Zip(Window.Dilations, (size, dilation) => ((size - 1) * dilation) + 1)];
        if (Padding == Padding.Valid && spans.Zip(sequence.Skip(1)).Any(axis => axis.First > axis.Second))
        {
            throw new LayerShapeException(
                this, [sequence], $"an input of shape {Pattern} with at least {string.Join(" × ", spans)} positions",
                "Use Padding.Same, a smaller window or a larger input.");
        }

        Shape output = Window.OutputShape(this, new Shape([.. sequence.Skip(1)]), Filters);
        if (Activation.ComputeOutputShape(this, output) != output || RecurrentActivation.ComputeOutputShape(this, output) != output)
        {
            throw new LayerShapeException(this, [sequence], "activations that keep the shape");
        }

        return (output, [output, output]);
    }
}
