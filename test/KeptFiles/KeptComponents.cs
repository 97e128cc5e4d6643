using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace KeptFiles;

/// <summary>
/// Components as JSON, beside all their parameters. JSON leaves out the parameters with default values, so that it alone
/// would not show that a default has changed.
/// </summary>
internal static class KeptComponents
{
    internal static readonly Type[] Kinds =
    [
        typeof(Layer), typeof(Activation), typeof(Initializer), typeof(Regularizer), typeof(Constraint), typeof(Optimizer),
        typeof(Callback), typeof(Loss), typeof(Metric), typeof(LearningRateSchedule), typeof(OutputOptions), typeof(NeuralNetworkOptions),
    ];

    internal static JsonNode Write(object component, Type kind) => JsonSerializer.SerializeToNode(component, kind, ComponentJson.Options)!;

    internal static object Read(JsonNode json, Type kind) => json.Deserialize(kind, ComponentJson.Options)!;

    /// <summary>All parameters of a component, those with default values too, and of the components within.</summary>
    internal static JsonNode? Parameters(object? value) => value switch
    {
        null => null,
        Network network => JsonNode.Parse(network.ToJson()),
        string or bool or float or double => KeptJson.Value(value),
        _ when value.GetType().IsPrimitive => KeptJson.Value(value),
        Delegate => "a function",
        IEnumerable items when value is not Shape => new JsonArray([.. items.Cast<object?>().Select(Parameters)]),
        _ when Array.Exists(Kinds, kind => kind.IsInstanceOfType(value)) => Members(value),
        _ => JsonSerializer.SerializeToNode(value, value.GetType(), ComponentJson.Options),
    };

    private static JsonObject Members(object component)
    {
        Type type = component.GetType();
        HashSet<string> arguments = new(
            type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.Name!), StringComparer.OrdinalIgnoreCase);
        IEnumerable<KeyValuePair<string, JsonNode?>> members = type.GetProperties()
            .Where(property => property.GetIndexParameters().Length == 0 && !property.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) && (property.SetMethod is { IsPublic: true } || arguments.Contains(property.Name)))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => KeyValuePair.Create(property.Name, Parameters(property.GetValue(component))));
        return new JsonObject(members.Prepend(KeyValuePair.Create("class", (JsonNode?)type.Name)));
    }
}
