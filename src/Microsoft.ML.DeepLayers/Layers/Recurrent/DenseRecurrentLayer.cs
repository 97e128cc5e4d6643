namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="SimpleRNN"/>, <see cref="LSTM"/> and <see cref="GRU"/> have in common: gates that are matrix products
/// of the step and of the state.
/// </summary>
public abstract partial record DenseRecurrentLayer : RecurrentLayer
{
    private protected DenseRecurrentLayer(
        int units,
        Activation? activation,
        bool useBias,
        Initializer? kernelInitializer,
        Initializer? recurrentInitializer,
        Initializer? biasInitializer,
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
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
        Activation = RecurrentActivations.Check(activation ?? Activation.Tanh, nameof(activation));
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        RecurrentInitializer = recurrentInitializer ?? new Orthogonal();
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        (KernelRegularizer, RecurrentRegularizer, BiasRegularizer) = (kernelRegularizer, recurrentRegularizer, biasRegularizer);
        (KernelConstraint, RecurrentConstraint, BiasConstraint) = (kernelConstraint, recurrentConstraint, biasConstraint);
        Dropout = RecurrentMasks.CheckRate(dropout, nameof(dropout));
        RecurrentDropout = RecurrentMasks.CheckRate(recurrentDropout, nameof(recurrentDropout));
    }

    /// <summary>The number of outputs.</summary>
    public int Units { get; }

    /// <summary>The activation of the outputs.</summary>
    public Activation Activation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the kernel, <c>[gates · units, features]</c>, starts.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the recurrent kernel, <c>[gates · units, units]</c>, starts.</summary>
    public Initializer RecurrentInitializer { get; }

    /// <summary>How the bias, <c>[gates · units]</c>, starts.</summary>
    public Initializer BiasInitializer { get; }

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

    /// <summary>The fraction of the features that each sequence drops in training.</summary>
    public float Dropout { get; }

    /// <summary>The fraction of the last output that each sequence drops in training, on its way into the gates.</summary>
    public float RecurrentDropout { get; }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    internal override int StateCount => 1;

    /// <summary>How many gates there are.</summary>
    private protected int GateCount => OnnxGates.Length;

    /// <summary>How the bias is to start.</summary>
    private protected virtual Initializer WholeBiasInitializer => BiasInitializer;

    /// <summary>Whether the recurrent product has a bias of its own.</summary>
    private protected virtual bool HasRecurrentBias => false;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        int features = inputShapes[0][-1];
        int rows = GateCount * Units;
        // Keras stores kernels transposed, which is why its fans are given here.
        List<WeightSpec> weights =
        [
            new("kernel", new Shape(rows, features), KernelInitializer)
            {
                FanIn = features, FanOut = rows, Regularizer = KernelRegularizer, Constraint = KernelConstraint, KerasAxes = [1, 0],
            },
            new("recurrent_kernel", new Shape(rows, Units), RecurrentInitializer)
            {
                FanIn = Units, FanOut = rows, Regularizer = RecurrentRegularizer, Constraint = RecurrentConstraint, KerasAxes = [1, 0],
            },
        ];
        if (UseBias)
        {
            weights.Add(new WeightSpec("bias", new Shape(rows), WholeBiasInitializer) { Regularizer = BiasRegularizer, Constraint = BiasConstraint });
        }

        if (UseBias && HasRecurrentBias)
        {
            weights.Add(new WeightSpec("recurrent_bias", new Shape(rows), BiasInitializer) { Regularizer = BiasRegularizer, Constraint = BiasConstraint });
        }

        return weights;
    }

    /// <inheritdoc/>
    internal sealed override (Shape Output, IReadOnlyList<Shape> States) ComputeStepShapes(Shape sequence)
    {
        CheckIsSequence(sequence);
        return (new Shape(Units), [.. Enumerable.Repeat(new Shape(Units), StateCount)]);
    }
}
