namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="LayerNormalization"/> and <see cref="GroupNormalization"/> have in common: the normalized values are
/// multiplied by a trained gamma, and a trained beta is added.
/// </summary>
public abstract record AffineNormalization : SingleInputLayer
{
    private protected AffineNormalization(
        float epsilon,
        bool center,
        bool scale,
        Initializer? betaInitializer,
        Initializer? gammaInitializer,
        Regularizer? betaRegularizer,
        Regularizer? gammaRegularizer,
        Constraint? betaConstraint,
        Constraint? gammaConstraint)
    {
        Epsilon = CheckEpsilon(epsilon);
        Center = center;
        Scale = scale;
        BetaInitializer = betaInitializer ?? Constant.Zeros;
        GammaInitializer = gammaInitializer ?? Constant.Ones;
        BetaRegularizer = betaRegularizer;
        GammaRegularizer = gammaRegularizer;
        BetaConstraint = betaConstraint;
        GammaConstraint = gammaConstraint;
    }

    /// <summary>What is added to the variance.</summary>
    public float Epsilon { get; }

    /// <summary>Whether a trained beta is added.</summary>
    public bool Center { get; }

    /// <summary>Whether a trained gamma multiplies.</summary>
    public bool Scale { get; }

    /// <summary>How beta starts.</summary>
    public Initializer BetaInitializer { get; }

    /// <summary>How gamma starts.</summary>
    public Initializer GammaInitializer { get; }

    /// <summary>What the size of beta adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BetaRegularizer { get; }

    /// <summary>What the size of gamma adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? GammaRegularizer { get; }

    /// <summary>What beta must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? BetaConstraint { get; }

    /// <summary>What gamma must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? GammaConstraint { get; }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    internal static float CheckEpsilon(float epsilon) => epsilon is > 0 and < float.PositiveInfinity
        ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "Epsilon must be above 0.");

    /// <summary>Gamma and beta, those that there are.</summary>
    private protected IReadOnlyList<WeightSpec> Weights(Shape shape)
    {
        var weights = new List<WeightSpec>();
        if (Scale)
        {
            weights.Add(new WeightSpec("gamma", shape, GammaInitializer) { Regularizer = GammaRegularizer, Constraint = GammaConstraint });
        }

        if (Center)
        {
            weights.Add(new WeightSpec("beta", shape, BetaInitializer) { Regularizer = BetaRegularizer, Constraint = BetaConstraint });
        }

        return weights;
    }
}
