using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>How much a <see cref="Finding"/> matters.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Training works, but probably worse than it could.</summary>
    Warning,

    /// <summary>Training cannot work.</summary>
    Error,
}

/// <summary>Something that <see cref="NeuralNetworkTrainer.Diagnose"/> has found.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Subject">The layer, or the column, that it is about; <see langword="null"/> for the network as a whole.</param>
/// <param name="Observation">What was seen.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record Finding(FindingSeverity Severity, string? Subject, string Observation, string Advice)
{
    /// <summary>E.g. <c>Warning: dense_1: 80 % of the units are dead... Lower the learning rate...</c>.</summary>
    public override string ToString() => $"{Severity}: {(Subject is null ? "" : $"{Subject}: ")}{Observation} {Advice}";

    /// <summary>A text with numbers as everywhere.</summary>
    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
