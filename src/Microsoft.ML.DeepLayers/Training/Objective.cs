using Microsoft.ML.DeepLayers.Training.Losses;
using Microsoft.ML.DeepLayers.Training.Metrics;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What training compares an output of the network with, and how.</summary>
/// <param name="Loss">What is made small.</param>
/// <param name="Metrics">What else is measured in every epoch.</param>
internal sealed record Objective(Loss Loss, IReadOnlyList<Metric> Metrics)
{
    /// <summary>The output's name, where the network has several.</summary>
    internal string? OutputName { get; init; }

    /// <summary>How much the output's loss counts in the sum of all.</summary>
    internal float Weight { get; init; } = 1;
}
