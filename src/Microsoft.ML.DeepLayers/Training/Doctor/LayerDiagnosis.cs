namespace Microsoft.ML.DeepLayers;

/// <summary>What <see cref="NeuralNetworkTrainer.Diagnose"/> has measured of a layer, over all batches that it looked at.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Type">The layer's class, e.g. <c>Dense</c>.</param>
/// <param name="Mean">The mean of its outputs.</param>
/// <param name="StandardDeviation">The standard deviation of its outputs.</param>
public sealed record LayerDiagnosis(string Name, string Type, double Mean, double StandardDeviation)
{
    /// <summary>
    /// The part of the units (channels) that gave 0 for every example, from 0 to 1; <see langword="null"/> where the layer has no
    /// activation that can be dead, such as ReLU.
    /// </summary>
    public double? DeadFraction { get; init; }

    /// <summary>
    /// The part of the outputs so near to the ends of the activation that hardly any gradient passes, from 0 to 1;
    /// <see langword="null"/> where the layer has no activation with ends, such as tanh or sigmoid.
    /// </summary>
    public double? SaturatedFraction { get; init; }

    /// <summary>
    /// The length of the gradient of the layer's weights, the median over the batches; <see langword="null"/> for a layer
    /// without weights to train.
    /// </summary>
    public double? GradientNorm { get; init; }

    /// <summary>
    /// How long a step is compared with the weights that it changes, biases and the like left out, the median over the steps;
    /// around 0.001 is usual. <see langword="null"/> for a layer without weights to train.
    /// </summary>
    public double? UpdateRatio { get; init; }
}
