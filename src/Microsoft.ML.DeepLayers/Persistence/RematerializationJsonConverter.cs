using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>What is computed again in training as <c>"Automatic"</c>, <c>"Full"</c>, or the names of layers: <c>["block_4"]</c>.</summary>
internal sealed class RematerializationJsonConverter : JsonConverter<Rematerialization>
{
    public override Rematerialization Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String when reader.ValueTextEquals(nameof(Rematerialization.Automatic)):
                return Rematerialization.Automatic;
            case JsonTokenType.String when reader.ValueTextEquals(nameof(Rematerialization.Full)):
                return Rematerialization.Full;
            case JsonTokenType.StartArray:
                try
                {
                    return Rematerialization.After(JsonSerializer.Deserialize<string[]>(ref reader, options)!);
                }
                catch (ArgumentException exception)
                {
                    throw new JsonException(exception.Message, exception);
                }

            default:
                throw new JsonException("rematerialization is \"Automatic\", \"Full\" or [\"layer\", ...].");
        }
    }

    public override void Write(Utf8JsonWriter writer, Rematerialization value, JsonSerializerOptions options)
    {
        if (value.LayerNames.Count == 0)
        {
            writer.WriteStringValue(value.ToString());
            return;
        }

        writer.WriteStartArray();
        foreach (string name in value.LayerNames)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }
}
