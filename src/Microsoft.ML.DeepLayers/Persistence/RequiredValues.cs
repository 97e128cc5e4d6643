using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// Has JSON without a value fail where C# declares one: properties, and elements of lists. The serializer would put null there,
/// which is found when it is used, far from the file.
/// </summary>
internal static class RequiredValues
{
    /// <summary>A modifier of <see cref="DefaultJsonTypeInfoResolver"/>.</summary>
    internal static void Demand(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        var context = new NullabilityInfoContext();
        var rules = new List<(JsonPropertyInfo Property, bool IsRequired, bool HasRequiredElements)>();
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property is { Get: not null, AttributeProvider: PropertyInfo info })
            {
                NullabilityInfo nullability = context.Create(info);
                rules.Add((property, nullability.ReadState == NullabilityState.NotNull, nullability.GenericTypeArguments is [.., { ReadState: NullabilityState.NotNull }]));
            }
        }

        type.OnDeserialized = value =>
        {
            foreach ((JsonPropertyInfo property, bool isRequired, bool hasRequiredElements) in rules)
            {
                object? found = property.Get!(value);
                if (found is null ? isRequired : hasRequiredElements && found is IEnumerable elements && elements.Cast<object?>().Any(element => element is null))
                {
                    throw new JsonException($"\"{property.Name}\" of {type.Type.Name} is {(found is null ? "missing" : "a list with null in it")}.");
                }
            }
        };
    }
}
