using System.Text.Json;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>The names of the layers by their paths in a Keras file.</summary>
/// <param name="length">The length of the file, which bounds what is made of it.</param>
internal sealed class KerasNames(long length)
{
    private const int DeepestLayer = 32;

    private long characters = CharactersOf(length);

    internal Dictionary<string, string> ByPath { get; } = new(StringComparer.Ordinal);

    /// <summary>The most characters of paths. Groups within groups repeat the beginnings.</summary>
    internal static long CharactersOf(long length) => Math.Min((1 << 16) + (8 * length), 1 << 27);

    /// <summary>Reads the definition of a model.</summary>
    /// <param name="json">The definition as JSON.</param>
    /// <exception cref="InvalidDataException">A layer has no class or no configuration.</exception>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    internal void ReadDefinition(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("config", out JsonElement settings))
        {
            Add(settings, "layers/", 0);
        }
    }

    private void Add(JsonElement settings, string prefix, int depth)
    {
        if (depth > DeepestLayer || settings.ValueKind != JsonValueKind.Object
            || !settings.TryGetProperty("layers", out JsonElement layers) || layers.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement layer in layers.EnumerateArray())
        {
            string stem = LayerNames.SnakeCase(Text(layer, "class_name") ?? throw new InvalidDataException("a layer of its config.json has no class_name"));
            int count = used[stem] = used.GetValueOrDefault(stem, -1) + 1;
            if ((characters -= prefix.Length + stem.Length + 20) < 0)
            {
                throw new InvalidDataException("the names of the classes in its config.json are longer than the file can hold");
            }

            string path = count == 0 ? $"{prefix}{stem}" : $"{prefix}{stem}_{count}";
            if (!layer.TryGetProperty("config", out JsonElement inner) || inner.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException("a layer of its config.json has no config");
            }

            if (Text(inner, "name") is { } name)
            {
                ByPath[path] = name;
            }

            Add(inner, path + "/layers/", depth + 1);
        }
    }

    private static string? Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
}
