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

/// <summary>A value of two or three numbers as one number where they are all the same, else as an array of them.</summary>
/// <typeparam name="T">The value.</typeparam>
/// <param name="form">The array, for messages, e.g. <c>a size is a number or [height, width]</c>.</param>
/// <param name="ofOne">The value whose numbers are all the same.</param>
/// <param name="read">The value of an array; <see langword="null"/> where it has another length.</param>
/// <param name="write">The numbers of a value.</param>
internal sealed class SizeJsonConverter<T>(string form, Func<int, T> ofOne, Func<int[], T?> read, Func<T, int[]> write) : JsonConverter<T>
    where T : struct
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? ofOne(reader.GetInt32())
            : read(JsonSerializer.Deserialize<int[]>(ref reader, options) ?? []) ?? throw new JsonException($"{form}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        int[] numbers = write(value);
        if (numbers.Distinct().Count() == 1)
        {
            writer.WriteNumberValue(numbers[0]);
            return;
        }

        writer.WriteStartArray();
        Array.ForEach(numbers, writer.WriteNumberValue);
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
