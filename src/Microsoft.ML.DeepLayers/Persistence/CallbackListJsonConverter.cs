using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// Callbacks as an array. One that could not be read back, as an application's may hold anything, is left out: when this
/// is written a model has been trained, which no callback must cost.
/// </summary>
internal sealed class CallbackListJsonConverter : JsonConverter<IList<Callback>>
{
    public override IList<Callback> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<List<Callback>>(ref reader, options)!;

    public override void Write(Utf8JsonWriter writer, IList<Callback> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (Callback callback in value)
        {
            TryWrite(callback, options)?.WriteTo(writer);
        }

        writer.WriteEndArray();
    }

    private static JsonElement? TryWrite(Callback callback, JsonSerializerOptions options)
    {
        try
        {
            JsonElement written = JsonSerializer.SerializeToElement(callback, options);
            _ = written.Deserialize<Callback>(options);
            return written;
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
