using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// How definitions (layers, activations, initializers, optimizers, callbacks) are written as JSON. Each is named by its
/// class: <c>{ "type": "Dense", "units": 64 }</c>, or by the name alone where it has no parameters: <c>"ReLU"</c>.
/// </summary>
internal static class ComponentJson
{
    /// <summary>The kinds of component, with the suffix that their class names may carry and JSON leaves out.</summary>
    private static readonly (Type Kind, string Suffix)[] Kinds =
    [
        (typeof(Layer), "Layer"), (typeof(Activation), "Activation"), (typeof(Initializer), "Initializer"),
        (typeof(Regularizer), ""), (typeof(Constraint), ""), (typeof(Optimizer), ""), (typeof(Callback), ""),
        (typeof(Loss), ""), (typeof(Metric), ""), (typeof(LearningRateSchedule), ""),
    ];

    internal static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The beginning of a text, for a message.</summary>
    internal static string Shown(string text) => text.Length <= 200 ? text : $"{text.AsSpan(0, 200)}...";

    /// <summary>For JSON that is only passed on.</summary>
    internal static JsonSerializerOptions TextOptions { get; } = new() { MaxDepth = Nesting.MostJsonLevels };

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            PropertyNameCaseInsensitive = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = Nesting.MostJsonLevels,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatAKindSays } },
        };
        options.Converters.Add(new JsonStringEnumConverter(allowIntegerValues: false));
        options.Converters.Add(new ShapeJsonConverter());
        options.Converters.Add(new SizeJsonConverter<Size2D>(
            "a size is a number or [height, width]", size => size, numbers => numbers is [int height, int width] ? new(height, width) : null,
            size => [size.Height, size.Width]));
        options.Converters.Add(new SizeJsonConverter<Size3D>(
            "a size is a number or [depth, height, width]", size => size,
            numbers => numbers is [int depth, int height, int width] ? new(depth, height, width) : null, size => [size.Depth, size.Height, size.Width]));
        options.Converters.Add(new SizeJsonConverter<OutputPadding2D>(
            "an output padding is a number or [height, width]", padding => padding,
            numbers => numbers is [int height, int width] ? new(height, width) : null, padding => [padding.Height, padding.Width]));
        options.Converters.Add(new SizeJsonConverter<OutputPadding3D>(
            "an output padding is a number or [depth, height, width]", padding => padding,
            numbers => numbers is [int depth, int height, int width] ? new(depth, height, width) : null, padding => [padding.Depth, padding.Height, padding.Width]));
        options.Converters.Add(new AxesJsonConverter());
        options.Converters.Add(new FloatRangeJsonConverter());
        options.Converters.Add(new DeviceJsonConverter());
        options.Converters.Add(new ClassWeightsJsonConverter());
        options.Converters.Add(new RematerializationJsonConverter());
        options.Converters.Add(new CallbackListJsonConverter());
        options.Converters.Add(new NetworkJsonConverter());
        options.Converters.Add(new MarginJsonConverter());
        options.Converters.Add(new Margins2DJsonConverter());
        options.Converters.Add(new Margins3DJsonConverter());
        options.Converters.Add(new LearningRateJsonConverter());
        foreach ((Type kind, string suffix) in Kinds)
        {
            options.Converters.Add((JsonConverter)Activator.CreateInstance(typeof(ComponentJsonConverter<>).MakeGenericType(kind), suffix)!);
        }

        return options;
    }

    /// <summary>What a class says about itself, such as <see cref="Layer.SupportsMasking"/>, is no parameter.</summary>
    private static void LeaveOutWhatAKindSays(JsonTypeInfo type)
    {
        if (Array.Find(Kinds, kind => type.Type.IsAssignableTo(kind.Kind)).Kind is not { } kind)
        {
            return;
        }

        foreach (JsonPropertyInfo property in type.Properties.ToArray())
        {
            if (property.AttributeProvider is PropertyInfo { CanWrite: false } info && info.GetMethod!.GetBaseDefinition() is { IsVirtual: true } getter
                && getter.DeclaringType == kind && !IsParameter(type.Type, info.Name))
            {
                type.Properties.Remove(property);
            }
        }
    }

    private static bool IsParameter(Type type, string name) => type
        .GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Any(constructor => constructor.GetParameters().Any(parameter => string.Equals(parameter.Name, name, StringComparison.OrdinalIgnoreCase)));
}
