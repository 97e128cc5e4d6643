using Microsoft.ML.DeepLayers.Training.Losses;
using Microsoft.ML.DeepLayers.Training.Metrics;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What training compares the network's output with, and how.</summary>
/// <param name="Loss">What is made small.</param>
/// <param name="Metrics">What else is measured in every epoch.</param>
internal sealed record Objective(Loss Loss, IReadOnlyList<Metric> Metrics);
