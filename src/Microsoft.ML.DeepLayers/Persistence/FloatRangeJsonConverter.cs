using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>A range as a number where it lies around 0, else as an array of its ends.</summary>
internal sealed class FloatRangeJsonConverter : JsonConverter<FloatRange>
{
    public override FloatRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetSingle();
        }

        return JsonSerializer.Deserialize<float[]>(ref reader, options) is [float lower, float upper]
            ? new FloatRange(lower, upper)
            : throw new JsonException("a range is a number or [lower, upper].");
    }

    public override void Write(Utf8JsonWriter writer, FloatRange value, JsonSerializerOptions options)
    {
        if (value.Lower == -value.Upper)
        {
            writer.WriteNumberValue(value.Upper);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Lower);
        writer.WriteNumberValue(value.Upper);
        writer.WriteEndArray();
    }
}
