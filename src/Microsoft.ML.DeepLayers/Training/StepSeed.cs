namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Seeds that follow from the run's seed and a number alone: of an epoch, for the order of its examples, or of a step, for
/// dropout and the like. A run that is taken up again needs to know no more than where it stood.
/// </summary>
internal static class StepSeed
{
    /// <summary>The seed of a purpose at a place (SplitMix64, Steele et al. 2014).</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">Keeps the streams of different purposes apart.</param>
    /// <param name="number">The number of the epoch or batch.</param>
    internal static int Of(int seed, SeedPurpose purpose, long number)
    {
        ulong hash = unchecked(((ulong)(uint)seed << 32) + ((ulong)purpose << 56) + ((ulong)number * 0x9E3779B97F4A7C15));
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EB);
        return (int)((hash ^ (hash >> 31)) >> 33);
    }
}

/// <summary>What random numbers are for.</summary>
internal enum SeedPurpose
{
    /// <summary>The order of an epoch's examples.</summary>
    Order,

    /// <summary>Layers, e.g. dropout.</summary>
    Layers,

    /// <summary>Mixing examples.</summary>
    Mixing,

    /// <summary>Which validation examples are shown.</summary>
    Evaluation,
}
