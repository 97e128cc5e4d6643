using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// Reads and writes one kind of component: as the name of its class or of a well-known value (<c>"ReLU"</c>,
/// <c>"HeNormal"</c>), or as an object with a "type" and those parameters that are not as by default.
/// </summary>
internal sealed class ComponentJsonConverter<TComponent>(string suffix) : JsonConverter<TComponent>
    where TComponent : class
{
    private const string TypeProperty = "type";

    /// <summary>The classes of this kind, also those of applications, found by reflection so that a new one is one new file.</summary>
    private static readonly Lazy<Type[]> Types = new(() => [.. AppDomain.CurrentDomain.GetAssemblies()
        .Where(assembly => assembly == typeof(TComponent).Assembly
            || assembly.GetReferencedAssemblies().Any(name => name.Name == typeof(TComponent).Assembly.GetName().Name))
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsSubclassOf(typeof(TComponent)) && !type.IsAbstract
            && (type.IsPublic || type.Assembly != typeof(TComponent).Assembly))]);

    /// <summary>The values that have a name of their own, e.g. <c>VarianceScaling.HeNormal</c>.</summary>
    private static readonly Lazy<Dictionary<string, TComponent>> Named = new(() => Types.Value.Append(typeof(TComponent))
        .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(property => property.PropertyType.IsAssignableTo(typeof(TComponent)))
        .ToDictionary(property => property.Name, property => (TComponent)property.GetValue(null)!));

    private static string Kind => typeof(TComponent).Name.ToLowerInvariant();

    // The base type only: a concrete class is written by the serializer itself.
    public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(TComponent);

    public override TComponent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement element = document.RootElement;
        if (element.ValueKind == JsonValueKind.String)
        {
            string name = element.GetString()!;
            string? known = Named.Value.Keys.FirstOrDefault(key => Simplify(key) == Simplify(name));
            return known is null ? Create(Find(name), [], options) : Named.Value[known];
        }

        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty(TypeProperty, out JsonElement typeName) || typeName.ValueKind != JsonValueKind.String)
        {
            throw new JsonException($"{(Kind[0] is 'a' or 'i' or 'o' ? "an" : "a")} {Kind} is a name or an object with a \"type\", but {element.GetRawText()} was found.");
        }

        Type type = Find(typeName.GetString()!);
        var members = element.EnumerateObject().Where(member => member.Name != TypeProperty).ToDictionary(member => member.Name, member => member.Value);
        return Create(type, members, options);
    }

    public override void Write(Utf8JsonWriter writer, TComponent value, JsonSerializerOptions options)
    {
        JsonElement element = JsonSerializer.SerializeToElement(value, value.GetType(), options);
        ConstructorInfo constructor = Constructor(value.GetType());
        JsonElement? usual = Usual(constructor, value) is { } prototype ? JsonSerializer.SerializeToElement(prototype, value.GetType(), options) : null;
        JsonProperty[] members = [.. element.EnumerateObject().Where(member =>
            IsRequired(constructor, member.Name)
            || usual is null || !usual.Value.TryGetProperty(member.Name, out JsonElement same) || same.GetRawText() != member.Value.GetRawText())];
        string? known = Named.Value.FirstOrDefault(pair => pair.Value.Equals(value)).Key;
        if (known is not null || members.Length == 0)
        {
            writer.WriteStringValue(known ?? ShortName(value.GetType()));
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(TypeProperty, ShortName(value.GetType()));
        foreach (JsonProperty member in members)
        {
            member.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static ConstructorInfo Constructor(Type type)
    {
        ConstructorInfo[] constructors = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return Array.Find(constructors, candidate => candidate.IsDefined(typeof(JsonConstructorAttribute)))
            ?? Array.Find(constructors, candidate => candidate.IsPublic)
            ?? throw new JsonException($"{type.Name} has no public constructor.");
    }

    private static bool IsRequired(ConstructorInfo constructor, string member) => constructor.GetParameters().Any(parameter =>
        !parameter.HasDefaultValue && string.Equals(parameter.Name, member, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The component as it would be with its optional parameters left out, or <see langword="null"/> where such a one
    /// cannot be.
    /// </summary>
    private static object? Usual(ConstructorInfo constructor, TComponent value)
    {
        object?[] arguments = new object?[constructor.GetParameters().Length];
        foreach (ParameterInfo parameter in constructor.GetParameters())
        {
            arguments[parameter.Position] = parameter.HasDefaultValue ? parameter.DefaultValue : Required(value, parameter);
        }

        try
        {
            return constructor.Invoke(arguments);
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }

    private static object? Required(TComponent value, ParameterInfo parameter) =>
        value.GetType().GetProperty(parameter.Name!, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)?.GetValue(value);

    private static TComponent Create(Type type, Dictionary<string, JsonElement> members, JsonSerializerOptions options)
    {
        CheckMembers(type, members.Keys, options);
        try
        {
            return (TComponent)JsonSerializer.Deserialize(JsonSerializer.Serialize(members), type, options)!;
        }
        catch (JsonException exception) when (WrongMember(type, members, exception, options) is { } problem)
        {
            throw new JsonException(problem, exception);
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            throw new JsonException($"{type.Name}: {exception.Message}", exception);
        }
    }

    /// <summary>The serializer says the place and no more; this says the value and what was wanted instead.</summary>
    private static string? WrongMember(Type type, Dictionary<string, JsonElement> members, JsonException exception, JsonSerializerOptions options)
    {
        // Only its own messages, not those of components within this one.
        string name = exception.Path is ['$', '.', .. string rest] ? rest : "";
        if (!members.TryGetValue(name, out JsonElement value) || exception.InnerException is JsonException)
        {
            return null;
        }

        Type wanted = options.GetTypeInfo(type).Properties.First(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)).PropertyType;
        wanted = Nullable.GetUnderlyingType(wanted) ?? wanted;
        string expected = wanted.IsEnum ? string.Join(", ", Enum.GetNames(wanted))
            : wanted == typeof(bool) ? "true or false"
            : wanted == typeof(int) ? "a whole number"
            : wanted == typeof(float) ? "a number"
            : wanted == typeof(Margin) ? "a whole number or a list of two"
            : wanted == typeof(Margins2D) ? "a whole number or a list of two, each a whole number or a list of two"
            : wanted == typeof(Margins3D) ? "a whole number or a list of three, each a whole number or a list of two"
            : wanted == typeof(string) ? "a text"
            : wanted == typeof(Axes) ? "a whole number or a list of them"
            : wanted.IsAssignableTo(typeof(IEnumerable<int>)) ? "a list of whole numbers"
            : wanted == typeof(Size2D) || wanted == typeof(OutputPadding2D) ? "a whole number or a list of two"
            : wanted == typeof(Size3D) || wanted == typeof(OutputPadding3D) ? "a whole number or a list of three"
            : wanted.IsAssignableTo(typeof(IEnumerable<float>)) ? "a list of numbers"
            : wanted == typeof(FloatRange) ? "a number or a list of two"
            : "";
        return expected.Length == 0 ? null : $"{type.Name}'s \"{name}\" cannot be {JsonSerializer.Serialize(value)}: it takes {expected}.";
    }

    /// <summary>The serializer would put 0 or nothing in the place of a missing parameter.</summary>
    private static void CheckMembers(Type type, IReadOnlyCollection<string> members, JsonSerializerOptions options)
    {
        string[] known = [.. options.GetTypeInfo(type).Properties.Select(property => property.Name).Order(StringComparer.Ordinal)];
        if (members.Except(known, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } unknown)
        {
            throw new JsonException($"{type.Name} has no \"{unknown}\". It has: {string.Join(", ", known)}.");
        }

        string[] missing =
        [
            .. Constructor(type).GetParameters()
                .Where(parameter => !parameter.HasDefaultValue && Nullable.GetUnderlyingType(parameter.ParameterType) is null)
                .Select(parameter => parameter.Name!)
                .Except(members, StringComparer.OrdinalIgnoreCase),
        ];
        if (missing.Length > 0)
        {
            throw new JsonException($"{type.Name} needs \"{string.Join("\", \"", missing)}\".");
        }
    }

    /// <summary>Keras's <c>leaky_relu</c> is our <c>LeakyReLU</c>.</summary>
    private static string Simplify(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private string ShortName(Type type) =>
        suffix.Length > 0 && type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Name[..^suffix.Length] : type.Name;

    private Type Find(string name)
    {
        string wanted = Simplify(name);
        return Array.Find(Types.Value, type => Simplify(type.Name) == wanted || Simplify(ShortName(type)) == wanted)
            ?? throw new JsonException(
                $"there is no {Kind} named '{name}'. Known: {string.Join(", ", Types.Value.Select(ShortName).Concat(Named.Value.Keys).Distinct().Order(StringComparer.Ordinal))}.");
    }
}
