using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>What a weight must satisfy: each step of training brings it back there. Keras: <c>Constraint</c>.</summary>
public abstract record Constraint
{
    /// <summary>The nearest weight that satisfies the constraint.</summary>
    /// <param name="weight">
    /// The weight, with its axes in Keras's order (see <see cref="Layers.WeightSpec.KerasAxes"/>). It must not be changed in place.
    /// </param>
    public abstract Tensor Project(Tensor weight);
}
