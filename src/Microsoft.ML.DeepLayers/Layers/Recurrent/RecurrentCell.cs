using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="SimpleRNNCell"/>, <see cref="LSTMCell"/> and <see cref="GRUCell"/> have in common: one step of the
/// layer of that name. <see cref="RNN"/> makes a layer of them, alone or in a stack (<see cref="StackedRNNCells"/>).
/// <para>
/// Inputs <c>[batch, features]</c> and the states, <c>[batch, units]</c> each; outputs <c>[batch, units]</c> and the new
/// states.
/// </para>
/// </summary>
public abstract record RecurrentCell : Layer
{
    /// <param name="layer">The layer that the cell is a step of: it checks and keeps the parameters.</param>
    private protected RecurrentCell(DenseRecurrentLayer layer) => OverSteps = layer with { ReturnState = true };

    /// <summary>The number of outputs.</summary>
    public int Units => OverSteps.Units;

    /// <summary>The activation of the outputs.</summary>
    public Activation Activation => OverSteps.Activation;

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias => OverSteps.UseBias;

    /// <summary>How the kernel, <c>[gates · units, features]</c>, starts.</summary>
    public Initializer KernelInitializer => OverSteps.KernelInitializer;

    /// <summary>How the recurrent kernel, <c>[gates · units, units]</c>, starts.</summary>
    public Initializer RecurrentInitializer => OverSteps.RecurrentInitializer;

    /// <summary>How the bias, <c>[gates · units]</c>, starts.</summary>
    public Initializer BiasInitializer => OverSteps.BiasInitializer;

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer => OverSteps.KernelRegularizer;

    /// <summary>What the size of the recurrent kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? RecurrentRegularizer => OverSteps.RecurrentRegularizer;

    /// <summary>What the size of the bias adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BiasRegularizer => OverSteps.BiasRegularizer;

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? KernelConstraint => OverSteps.KernelConstraint;

    /// <summary>What the recurrent kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? RecurrentConstraint => OverSteps.RecurrentConstraint;

    /// <summary>What the bias must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? BiasConstraint => OverSteps.BiasConstraint;

    /// <summary>The fraction of the features that each sequence drops in training.</summary>
    public float Dropout => OverSteps.Dropout;

    /// <summary>The fraction of the last output that each sequence drops in training, on its way into the gates.</summary>
    public float RecurrentDropout => OverSteps.RecurrentDropout;

    /// <inheritdoc/>
    public sealed override int OutputCount => OverSteps.OutputCount;

    /// <summary>The layer that does the same at each step, and gives its states.</summary>
    internal DenseRecurrentLayer OverSteps { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        Shape[] states = [.. Enumerable.Repeat(new Shape(Units), OverSteps.StateCount)];
        return inputShapes.Count == 1 + states.Length && inputShapes[0].Rank == 1 && inputShapes.Skip(1).SequenceEqual(states)
            ? [new Shape(Units), .. states]
            : throw new LayerShapeException(
                this, inputShapes, $"an input of shape [features] and states of shape {string.Join(", ", states)}",
                "For a sequence, put the cell into an RNN.");
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) => OverSteps.DeclareWeights(inputShapes);

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        LayerFunction steps = OverSteps.Build(builder);
        return (inputs, context) => steps([inputs[0].unsqueeze(1), .. inputs.Skip(1)], context with { Masks = [] });
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue sequence = onnx.Node("Unsqueeze", [inputs[0], onnx.Constant(1)], new Shape(1, inputs[0].Shape[0]));
        return OverSteps.Export(onnx, [sequence, .. inputs.Skip(1)]);
    }
}
