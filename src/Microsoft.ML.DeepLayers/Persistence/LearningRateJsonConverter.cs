using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>Writes a constant learning rate as the number that it is, and any other schedule as a component.</summary>
internal sealed class LearningRateJsonConverter : JsonConverter<LearningRateSchedule>
{
    private readonly ComponentJsonConverter<LearningRateSchedule> components = new("");

    public override LearningRateSchedule? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return components.Read(ref reader, typeToConvert, options);
        }

        float rate = reader.GetSingle();
        try
        {
            return rate;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, LearningRateSchedule value, JsonSerializerOptions options)
    {
        if (value is ConstantLearningRate constant)
        {
            writer.WriteNumberValue(constant.LearningRate);
        }
        else
        {
            components.Write(writer, value, options);
        }
    }
}
