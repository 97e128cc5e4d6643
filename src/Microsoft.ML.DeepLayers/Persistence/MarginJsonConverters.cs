using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>A margin as a number where both ends are equal, else as an array of beginning and end.</summary>
internal sealed class MarginJsonConverter : JsonConverter<Margin>
{
    public override Margin Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<int[]>(ref reader, options) is [int begin, int end]
            ? new Margin(begin, end)
            : throw new JsonException("a margin is a number or [begin, end].");
    }

    public override void Write(Utf8JsonWriter writer, Margin value, JsonSerializerOptions options)
    {
        if (value.Begin == value.End)
        {
            writer.WriteNumberValue(value.Begin);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Begin);
        writer.WriteNumberValue(value.End);
        writer.WriteEndArray();
    }
}

/// <summary>Margins as a number where all are equal, else as an array of those of the height and the width.</summary>
internal sealed class Margins2DJsonConverter : JsonConverter<Margins2D>
{
    public override Margins2D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<Margin[]>(ref reader, options) is [Margin height, Margin width]
            ? new Margins2D(height, width)
            : throw new JsonException("margins are a number or [height, width], each a number or [begin, end].");
    }

    public override void Write(Utf8JsonWriter writer, Margins2D value, JsonSerializerOptions options) =>
        MarginsJson.Write(writer, options, value.Height, value.Width);
}

/// <summary>Margins as a number where all are equal, else as an array of those of the depth, the height and the width.</summary>
internal sealed class Margins3DJsonConverter : JsonConverter<Margins3D>
{
    public override Margins3D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<Margin[]>(ref reader, options) is [Margin depth, Margin height, Margin width]
            ? new Margins3D(depth, height, width)
            : throw new JsonException("margins are a number or [depth, height, width], each a number or [begin, end].");
    }

    public override void Write(Utf8JsonWriter writer, Margins3D value, JsonSerializerOptions options) =>
        MarginsJson.Write(writer, options, value.Depth, value.Height, value.Width);
}

/// <summary>What the margins of several axes have in common.</summary>
internal static class MarginsJson
{
    public static void Write(Utf8JsonWriter writer, JsonSerializerOptions options, params Margin[] axes)
    {
        if (axes.All(axis => axis == axes[0] && axis.Begin == axis.End))
        {
            writer.WriteNumberValue(axes[0].Begin);
            return;
        }

        JsonSerializer.Serialize(writer, axes, options);
    }
}
