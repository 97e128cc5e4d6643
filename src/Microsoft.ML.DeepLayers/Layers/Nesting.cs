namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The limits of definitions. What works through nested layers calls itself for each level, and too many levels end in a
/// stack overflow, which no program can catch. A small text can also name very many layers, by nesting a network twice
/// at each level.
/// </summary>
internal static class Nesting
{
    /// <summary>The most levels of layers in layers.</summary>
    internal const int MostLevels = 32;

    /// <summary>The most layers of a network, with those of nested networks.</summary>
    internal const int MostLayers = 100_000;

    /// <summary>The most levels of JSON objects and arrays: some five for each level of layers.</summary>
    internal const int MostJsonLevels = 256;

    /// <summary>Throws if layers are nested too deep.</summary>
    /// <param name="depth">The number of levels.</param>
    /// <exception cref="InvalidOperationException">There are too many levels.</exception>
    internal static void CheckDepth(int depth)
    {
        if (depth > MostLevels)
        {
            throw new InvalidOperationException(
                $"Layers can be nested {MostLevels} levels deep, but here it is {depth}: a network in a network, or a TimeDistributed in a TimeDistributed, counts as a level. Apply layers one after the other instead.");
        }
    }

    /// <summary>Throws if a network has too many layers.</summary>
    /// <param name="count">The number of layers, with those of nested networks.</param>
    /// <exception cref="InvalidOperationException">There are too many.</exception>
    internal static void CheckCount(long count)
    {
        if (count > MostLayers)
        {
            throw new InvalidOperationException(
                $"A network can have {MostLayers:N0} layers, those of nested networks included, but this one has {count:N0}.");
        }
    }
}
