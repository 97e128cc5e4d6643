using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Hashes whole numbers that a file chooses. The seed differs from process to process, so that a file cannot choose numbers
/// that all fall into one bucket.
/// </summary>
internal sealed class SeededHash : IEqualityComparer<long>
{
    internal static SeededHash Comparer { get; } = new();

    public bool Equals(long x, long y) => x == y;

    public int GetHashCode([DisallowNull] long obj) => HashCode.Combine(obj);
}
