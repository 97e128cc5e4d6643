using System.Globalization;

namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>An input that did what no reader promises.</summary>
/// <param name="Kind">An exception's type, <c>time</c>, <c>memory</c> or <c>exit</c>.</param>
/// <param name="Detail">A line that tells one cause from another.</param>
internal sealed record Finding(string Kind, string Detail)
{
    /// <summary>How each report begins.</summary>
    internal const string Prefix = "FINDING ";

    private const int LongestDetail = 400;

    /// <summary>Saves the input, and tells of it.</summary>
    internal void Report(string folder, Reader reader, long number, byte[] input)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{reader.Name}-{number}-{Kind}{reader.Extension}"));
        File.WriteAllBytes(path, input);
        string detail = Detail.ReplaceLineEndings(" ");
        Console.WriteLine($"{Prefix}{reader.Name} input {number}: {Kind}: {(detail.Length > LongestDetail ? detail[..LongestDetail] : detail)} (saved as {path})");
    }

    /// <summary>The exception's message, and where in this library it came from.</summary>
    internal static Finding Of(Exception exception)
    {
        Exception inner = exception.GetBaseException();
        string place = (inner.StackTrace ?? "").Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Contains("DeepLayers", StringComparison.Ordinal) || line.Contains("ScriptedTraining", StringComparison.Ordinal)) ?? "outside";
        return new Finding(inner.GetType().Name, $"{place.Split(" in ")[0]}: {inner.Message}");
    }
}
