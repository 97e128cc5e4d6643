using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>A network within a layer, in the form in which networks are written.</summary>
internal sealed class NetworkJsonConverter : JsonConverter<Network>
{
    public override Network Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return NetworkJson.FromNode(JsonNode.Parse(ref reader));
        }
        catch (FormatException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, Network value, JsonSerializerOptions options) =>
        NetworkJson.ToNode(value).WriteTo(writer, options);
}
