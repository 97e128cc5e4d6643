using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KeptFiles;

/// <summary>Numbers as JSON that reads back to the last bit, and the comparison of two such trees.</summary>
internal static class KeptJson
{
    /// <summary>
    /// The largest relative difference of scores. Not 0: libtorch and ONNX Runtime add in an order that depends on the
    /// processor's vector instructions, so that another machine's scores differ in the last digits.
    /// </summary>
    internal const double ScoreTolerance = 1e-5;

    internal static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonSerializerOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static JsonNode Read(string path) => JsonNode.Parse(File.ReadAllText(path))!;

    internal static void Write(string path, JsonNode node, bool indented = false) =>
        File.WriteAllText(path, node.ToJsonString(indented ? Indented : Compact) + "\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    /// <summary>A value as JSON; NaN and infinities, which JSON lacks, as texts.</summary>
    internal static JsonNode? Value(object? value) => value switch
    {
        null => null,
        float number => float.IsFinite(number) ? JsonNode.Parse(number.ToString("R", CultureInfo.InvariantCulture)) : number.ToString(CultureInfo.InvariantCulture),
        double number => double.IsFinite(number) ? JsonNode.Parse(number.ToString("R", CultureInfo.InvariantCulture)) : number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag,
        string text => text,
        ReadOnlyMemory<char> text => text.ToString(),
        System.Collections.IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Value)]),
        IFormattable number when value.GetType().IsPrimitive => JsonNode.Parse(number.ToString(null, CultureInfo.InvariantCulture)),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"A value of type {value.GetType()} cannot be kept."),
    };

    /// <summary>Describes the first difference; <see langword="null"/> if there is none.</summary>
    /// <param name="expected">The kept tree.</param>
    /// <param name="actual">The tree of today.</param>
    /// <param name="tolerance">The largest difference of numbers: <c>tolerance · (|expected| + 0.1)</c>. 0 for equal ones.</param>
    /// <param name="allowNewMembers">If true, objects of today may have further members.</param>
    internal static string? Difference(JsonNode? expected, JsonNode? actual, double tolerance = 0, bool allowNewMembers = false, string path = "$")
    {
        switch (expected, actual)
        {
            case (JsonObject then, JsonObject now):
                string? extra = allowNewMembers ? null : now.Select(member => member.Key).FirstOrDefault(name => !then.ContainsKey(name));
                return extra is not null
                    ? $"{path}.{extra} is new"
                    : then.Select(member => now.TryGetPropertyValue(member.Key, out JsonNode? value)
                        ? Difference(member.Value, value, tolerance, allowNewMembers, $"{path}.{member.Key}")
                        : $"{path}.{member.Key} is missing").FirstOrDefault(text => text is not null);
            case (JsonArray then, JsonArray now):
                return then.Count != now.Count
                    ? $"{path} has {now.Count} items instead of {then.Count}"
                    : then.Select((item, i) => Difference(item, now[i], tolerance, allowNewMembers, $"{path}[{i}]")).FirstOrDefault(text => text is not null);
            case (JsonValue then, JsonValue now) when then.GetValueKind() == JsonValueKind.Number && now.GetValueKind() == JsonValueKind.Number:
                (double a, double b) = (Number(then), Number(now));
                return a == b || Math.Abs(a - b) <= tolerance * (Math.Abs(a) + 0.1) ? null : $"{path} was {then.ToJsonString()} and is {now.ToJsonString()}";
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{path} was {expected?.ToJsonString() ?? "null"} and is {actual?.ToJsonString() ?? "null"}";
        }
    }

    private static double Number(JsonValue value) => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
}
