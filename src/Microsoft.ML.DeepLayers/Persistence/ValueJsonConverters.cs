using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>A shape as an array of its dimensions.</summary>
internal sealed class ShapeJsonConverter : JsonConverter<Shape>
{
    public override Shape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(JsonSerializer.Deserialize<int[]>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, Shape value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (int dimension in value)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
    }
}

/// <summary>A size as a number where both sides are equal, else as an array of height and width.</summary>
internal sealed class Size2DJsonConverter : JsonConverter<Size2D>
{
    public override Size2D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<int[]>(ref reader, options) is [int height, int width]
            ? new Size2D(height, width)
            : throw new JsonException("a size is a number or [height, width].");
    }

    public override void Write(Utf8JsonWriter writer, Size2D value, JsonSerializerOptions options)
    {
        if (value.Height == value.Width)
        {
            writer.WriteNumberValue(value.Height);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Height);
        writer.WriteNumberValue(value.Width);
        writer.WriteEndArray();
    }
}

/// <summary>Axes as a number where it is one, else as an array.</summary>
internal sealed class AxesJsonConverter : JsonConverter<Axes>
{
    public override Axes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? reader.GetInt32() : new Axes(JsonSerializer.Deserialize<int[]>(ref reader, options) ?? []);

    public override void Write(Utf8JsonWriter writer, Axes value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (int axis in value)
        {
            writer.WriteNumberValue(axis);
        }

        writer.WriteEndArray();
    }
}

/// <summary>A device by its name, e.g. <c>cuda:0</c>.</summary>
internal sealed class DeviceJsonConverter : JsonConverter<Device>
{
    public override Device Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Device.Parse(reader.GetString() ?? "auto");

    public override void Write(Utf8JsonWriter writer, Device value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
