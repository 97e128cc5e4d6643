using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Metrics;

/// <summary>A figure that is averaged over the examples of an epoch.</summary>
internal abstract class Metric
{
    /// <summary>Keras's name, e.g. <c>accuracy</c>.</summary>
    internal abstract string Name { get; }

    /// <summary>The sum over the batch, <c>[]</c>. It stays on the device, so that no step waits for it.</summary>
    /// <param name="output">What the network gives, before the activation that scoring applies: <c>[batch, units]</c>.</param>
    /// <param name="target">The labels, <c>[batch]</c>.</param>
    internal abstract Tensor Sum(Tensor output, Tensor target);
}
