namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The comparisons of scoring.</summary>
internal static class ScoringLines
{
    internal static IEnumerable<RatioLine> All => [];
}
