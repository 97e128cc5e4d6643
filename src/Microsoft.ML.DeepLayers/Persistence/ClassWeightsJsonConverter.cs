using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>The weights of classes as <c>"Balanced"</c> or <c>{ "fraud": 20, "honest": 1 }</c>.</summary>
internal sealed class ClassWeightsJsonConverter : JsonConverter<ClassWeights>
{
    public override ClassWeights Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(nameof(ClassWeights.Balanced)))
        {
            return ClassWeights.Balanced;
        }

        try
        {
            return reader.TokenType == JsonTokenType.StartObject && JsonSerializer.Deserialize<Dictionary<string, float>>(ref reader, options) is { } weights
                ? new ClassWeights(weights)
                : throw new JsonException("the weights of classes are \"Balanced\" or { \"class\": weight, ... }.");
        }
        catch (ArgumentException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, ClassWeights value, JsonSerializerOptions options)
    {
        if (value.IsBalanced)
        {
            writer.WriteStringValue(nameof(ClassWeights.Balanced));
            return;
        }

        writer.WriteStartObject();
        foreach ((string name, float weight) in value.Weights)
        {
            writer.WriteNumber(name, weight);
        }

        writer.WriteEndObject();
    }
}
