namespace Microsoft.ML.DeepLayers;

/// <summary>Reads the numbers of a callback out of a checkpoint, which may be damaged.</summary>
internal static class CallbackNumbers
{
    /// <summary>A number by its name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    internal static double Number(this IReadOnlyDictionary<string, double> state, string name) =>
        state.TryGetValue(name, out double value) ? value : throw new FormatException($"it has no '{name}'.");

    /// <summary>A whole number from 0 by its name.</summary>
    /// <exception cref="FormatException">There is none, or it is negative, broken or too large.</exception>
    internal static int Count(this IReadOnlyDictionary<string, double> state, string name)
    {
        double value = state.Number(name);
        return value is >= 0 and <= int.MaxValue && double.IsInteger(value)
            ? (int)value
            : throw new FormatException(FormattableString.Invariant($"its '{name}' is {value} instead of a whole number from 0."));
    }
}
