using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What a layer's function may ask about the pass that it is part of.</summary>
public sealed record ForwardContext
{
    private readonly List<Tensor> losses = [];

    /// <summary>Creates the context of a pass.</summary>
    /// <param name="Training"><see langword="true"/> in a training step; dropout and batch statistics are active only then.</param>
    /// <param name="Generator">The random generator of the training run, on the device of the tensors.</param>
    public ForwardContext(bool Training, Generator? Generator) => (this.Training, this.Generator) = (Training, Generator);

    /// <summary><see langword="true"/> in a training step; dropout and batch statistics are active only then.</summary>
    public bool Training { get; }

    /// <summary>
    /// The random generator of this training run, on the device of the tensors: pass it on to libtorch's functions. libtorch's
    /// own generator is shared by the whole process: use this one, or concurrent trainings disturb each other. On a GPU it
    /// stands for the device's own, because TorchSharp makes no others, and has no state that could be read.
    /// </summary>
    public Generator? Generator { get; }

    /// <summary>
    /// The masks of the inputs of the layer at hand, <c>[batch, steps]</c> of booleans, true for steps that count;
    /// <see langword="null"/> for an input without one. Empty where no input has one.
    /// </summary>
    public IReadOnlyList<Tensor?> Masks { get; init; } = [];

    /// <summary>From which the random numbers of a training step follow.</summary>
    internal long Seed { get; init; }

    /// <summary>Set in a pass that computes batch statistics anew; <see langword="null"/> in any other.</summary>
    internal StatisticsUpdate? Statistics { get; init; }

    /// <summary>
    /// Whether a training step computes the layer's outputs a second time, for their gradients
    /// (<see cref="NeuralNetworkOptions.Rematerialization"/>). Random numbers are those of the first time. What a layer learns of
    /// a batch otherwise than by gradients, such as a moving average, it must not learn twice; weights that are not trainable
    /// are put back for layers of other assemblies.
    /// </summary>
    public bool IsRecomputation { get; init; }

    /// <summary>What layers have added to the loss in this pass; shared by the contexts of all its layers.</summary>
    internal IReadOnlyList<Tensor> Losses => losses;

    /// <summary>The mask of an input, or <see langword="null"/>.</summary>
    /// <param name="input">The position of the input.</param>
    public Tensor? Mask(int input = 0) => input < Masks.Count ? Masks[input] : null;

    /// <summary>The random generator, for a layer that cannot do without.</summary>
    /// <param name="layer">The layer, for the message.</param>
    /// <exception cref="InvalidOperationException">The pass has none.</exception>
    public Generator RequireGenerator(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Generator ?? throw new InvalidOperationException(
            $"{layer.GetType().Name} needs the random generator of the training run, but the context has none.");
    }

    /// <summary>Adds a number to the loss of a training step. Keras: <c>add_loss</c>.</summary>
    /// <param name="loss">A tensor without dimensions.</param>
    public void AddLoss(Tensor loss) => losses.Add(loss);
}

/// <summary>How batch normalizations take a batch into their moving averages while these are computed anew.</summary>
internal sealed class StatisticsUpdate
{
    /// <summary>How much of the averages is kept, in the place of a layer's own momentum.</summary>
    internal double Momentum { get; set; }

    /// <summary>Whether there was a layer that keeps such averages.</summary>
    internal bool IsUsed { get; set; }
}
