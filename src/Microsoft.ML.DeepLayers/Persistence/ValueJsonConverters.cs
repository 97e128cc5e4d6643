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

/// <summary>A size as a number where all sides are equal, else as an array of depth, height and width.</summary>
internal sealed class Size3DJsonConverter : JsonConverter<Size3D>
{
    public override Size3D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<int[]>(ref reader, options) is [int depth, int height, int width]
            ? new Size3D(depth, height, width)
            : throw new JsonException("a size is a number or [depth, height, width].");
    }

    public override void Write(Utf8JsonWriter writer, Size3D value, JsonSerializerOptions options)
    {
        if (value == value.Depth)
        {
            writer.WriteNumberValue(value.Depth);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Depth);
        writer.WriteNumberValue(value.Height);
        writer.WriteNumberValue(value.Width);
        writer.WriteEndArray();
    }
}

/// <summary>An output padding as a number where it is the same in all directions, else as an array of height and width.</summary>
internal sealed class OutputPadding2DJsonConverter : JsonConverter<OutputPadding2D>
{
    public override OutputPadding2D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<int[]>(ref reader, options) is [int height, int width]
            ? new OutputPadding2D(height, width)
            : throw new JsonException("an output padding is a number or [height, width].");
    }

    public override void Write(Utf8JsonWriter writer, OutputPadding2D value, JsonSerializerOptions options)
    {
        if (value == value.Height)
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

/// <summary>An output padding as a number where it is the same in all directions, else as an array of depth, height and width.</summary>
internal sealed class OutputPadding3DJsonConverter : JsonConverter<OutputPadding3D>
{
    public override OutputPadding3D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt32();
        }

        return JsonSerializer.Deserialize<int[]>(ref reader, options) is [int depth, int height, int width]
            ? new OutputPadding3D(depth, height, width)
            : throw new JsonException("an output padding is a number or [depth, height, width].");
    }

    public override void Write(Utf8JsonWriter writer, OutputPadding3D value, JsonSerializerOptions options)
    {
        if (value == value.Height)
        {
            writer.WriteNumberValue(value.Height);
            return;
        }

        writer.WriteStartArray();
        writer.WriteNumberValue(value.Depth);
        writer.WriteNumberValue(value.Height);
        writer.WriteNumberValue(value.Width);
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
