namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>A weight that a layer needs: its name within the layer, its shape and how it starts.</summary>
/// <param name="Name">The name within the layer, e.g. <c>kernel</c>.</param>
/// <param name="Shape">The shape of the tensor. It has no batch dimension.</param>
/// <param name="Initializer">What fills it before training.</param>
public sealed record WeightSpec(string Name, Shape Shape, Initializer Initializer)
{
    /// <summary>Whether training changes it; <see langword="false"/> for running statistics. Default: <see langword="true"/>.</summary>
    public bool Trainable { get; init; } = true;

    /// <summary>What its size adds to the loss; <see langword="null"/> (the default) for nothing.</summary>
    public Regularizer? Regularizer { get; init; }

    /// <summary>What it must satisfy after each step; <see langword="null"/> (the default) for anything.</summary>
    public Constraint? Constraint { get; init; }

    /// <summary>How many inputs feed one unit, as Keras counts them; 0 (the default) takes it from the shape.</summary>
    public int FanIn { get; init; }

    /// <summary>How many outputs one unit feeds, as Keras counts them; 0 (the default) takes it from the shape.</summary>
    public int FanOut { get; init; }

    /// <summary>The same weights under <c>prefix/name</c>, for a layer that holds another one.</summary>
    /// <param name="prefix">What the inner layer is called within the outer one.</param>
    /// <param name="specs">The inner layer's weights.</param>
    public static IEnumerable<WeightSpec> Prefixed(string prefix, IEnumerable<WeightSpec> specs) =>
        specs.Select(spec => spec with { Name = $"{prefix}/{spec.Name}" });
}
