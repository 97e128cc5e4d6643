namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Texts of files, as error messages show them.</summary>
internal static class FileText
{
    private const int Longest = 200;

    /// <summary>The beginning of a text that may be as long as a file.</summary>
    internal static string Short(string? text) => text is { Length: > Longest } ? $"{text.AsSpan(0, Longest)}…" : text ?? "";

    /// <summary>The first dimensions of a shape that may have millions.</summary>
    internal static string Shape(IReadOnlyList<long> dimensions)
    {
        const int Most = 64;
        return $"[{string.Join(", ", dimensions.Take(Most))}{(dimensions.Count > Most ? ", …" : "")}]";
    }
}
