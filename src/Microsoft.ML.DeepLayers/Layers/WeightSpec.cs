using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>A weight that a layer needs: its name within the layer, its shape and how it starts.</summary>
/// <param name="Name">The name within the layer, e.g. <c>kernel</c>.</param>
/// <param name="Shape">The shape of the tensor. It has no batch dimension.</param>
/// <param name="Initializer">What fills it before training.</param>
public sealed record WeightSpec(string Name, Shape Shape, Initializer Initializer)
{
    /// <summary>Whether training changes it; <see langword="false"/> for running statistics. Default: <see langword="true"/>.</summary>
    public bool Trainable { get; init; } = true;

    /// <summary>By what the learning rate is multiplied for this weight; above 0. Default: 1.</summary>
    public float LearningRateFactor { get; init; } = 1;

    /// <summary>What its size adds to the loss; <see langword="null"/> (the default) for nothing.</summary>
    public Regularizer? Regularizer { get; init; }

    /// <summary>What it must satisfy after each step; <see langword="null"/> (the default) for anything.</summary>
    public Constraint? Constraint { get; init; }

    /// <summary>
    /// For each axis of the weight in Keras, which axis of <see cref="Shape"/> it is; empty (the default) where the weight is
    /// stored as in Keras. A <c>Conv2D</c> kernel, stored <c>[filters, channels, height, width]</c>, has 2, 3, 1, 0: in Keras
    /// it is <c>[height, width, channels, filters]</c>. Regularizers and constraints see the weight as in Keras, so that the
    /// axes in their parameters mean what they mean there.
    /// </summary>
    public ImmutableArray<int> KerasAxes { get; init; } = [];

    /// <summary>How many inputs feed one unit, as Keras counts them; 0 (the default) takes it from the shape.</summary>
    public int FanIn { get; init; }

    /// <summary>How many outputs one unit feeds, as Keras counts them; 0 (the default) takes it from the shape.</summary>
    public int FanOut { get; init; }

    /// <summary>The same weights under <c>prefix/name</c>, for a layer that holds another one.</summary>
    /// <param name="prefix">What the inner layer is called within the outer one.</param>
    /// <param name="specs">The inner layer's weights.</param>
    public static IEnumerable<WeightSpec> Prefixed(string prefix, IEnumerable<WeightSpec> specs) =>
        specs.Select(spec => spec with { Name = $"{prefix}/{spec.Name}" });

    /// <summary>What the regularizer adds to the loss for a weight as it is stored.</summary>
    internal Tensor Penalty(Tensor weight) => Regularizer!.Penalty(ToKeras(weight));

    /// <summary>The nearest weight, as it is stored, that satisfies the constraint.</summary>
    internal Tensor Project(Tensor weight)
    {
        Tensor projected = Constraint!.Project(ToKeras(weight));
        return KerasAxes.IsEmpty
            ? projected
            : projected.permute([.. Enumerable.Range(0, KerasAxes.Length).Select(axis => (long)KerasAxes.IndexOf(axis))]);
    }

    private Tensor ToKeras(Tensor weight) => KerasAxes.IsEmpty ? weight : weight.permute([.. KerasAxes.Select(axis => (long)axis)]);
}
