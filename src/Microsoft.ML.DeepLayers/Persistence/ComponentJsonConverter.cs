using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// Reads and writes one kind of component: as the name of its class or of a well-known value (<c>"ReLU"</c>,
/// <c>"HeNormal"</c>), or as an object with a "type" and those parameters that are not as by default.
/// </summary>
internal sealed class ComponentJsonConverter<TComponent>(string suffix) : JsonConverter<TComponent>
    where TComponent : class
{
    private const string TypeProperty = "type";

    private static volatile Known? known;

    private static Known Current => known ??= Known.Collect();

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
            return Current.ByName.TryGetValue(Simplify(name), out TComponent? value) ? value : Create(Find(name), [], options);
        }

        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty(TypeProperty, out JsonElement typeName) || typeName.ValueKind != JsonValueKind.String)
        {
            throw new JsonException($"{(Kind[0] is 'a' or 'i' or 'o' ? "an" : "a")} {Kind} is a name or an object with a \"type\", but {ComponentJson.Shown(element.GetRawText())} was found.");
        }

        Type type = Find(typeName.GetString()!);
        var members = element.EnumerateObject().Where(member => member.Name != TypeProperty).ToDictionary(member => member.Name, member => member.Value);
        return Create(type, members, options);
    }

    public override void Write(Utf8JsonWriter writer, TComponent value, JsonSerializerOptions options)
    {
        CheckReadsBack(value.GetType());
        List<(string Name, JsonElement Value)> members = Members(value, options);
        string? name = Current.Values.FirstOrDefault(pair => pair.Value.Equals(value)).Key;
        if (name is not null || members.Count == 0)
        {
            writer.WriteStringValue(name ?? ShortName(value.GetType()));
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(TypeProperty, ShortName(value.GetType()));
        foreach ((string member, JsonElement element) in members)
        {
            writer.WritePropertyName(member);
            element.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// The parameters that are required or not as by default. Each is written once: a layer in a layer in a layer would
    /// else be written twice at each level.
    /// </summary>
    private static List<(string Name, JsonElement Value)> Members(TComponent value, JsonSerializerOptions options)
    {
        ConstructorInfo constructor = Constructor(value.GetType());
        object? usual = Usual(constructor, value);
        var members = new List<(string, JsonElement)>();
        foreach (JsonPropertyInfo property in options.GetTypeInfo(value.GetType()).Properties)
        {
            if (property.Get?.Invoke(value) is not { } own)
            {
                continue;
            }

            JsonElement element = JsonSerializer.SerializeToElement(own, property.PropertyType, options);
            bool isUsual = !IsRequired(constructor, property.Name) && usual is not null && property.Get(usual) is { } other
                && JsonSerializer.SerializeToElement(other, property.PropertyType, options).GetRawText() == element.GetRawText();
            if (!isUsual)
            {
                members.Add((property.Name, element));
            }
        }

        return members;
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
            return (TComponent)JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(members, ComponentJson.TextOptions), type, options)!;
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
            : wanted == typeof(int) || wanted == typeof(long) ? "a whole number"
            : wanted == typeof(float) ? "a number"
            : wanted == typeof(Margin) ? "a whole number or a list of two"
            : wanted == typeof(Margins2D) ? "a whole number or a list of two, each a whole number or a list of two"
            : wanted == typeof(Margins3D) ? "a whole number or a list of three, each a whole number or a list of two"
            : wanted == typeof(string) ? "a text"
            : wanted == typeof(TimeSpan) ? "a time such as \"00:30:00\""
            : wanted == typeof(Axes) ? "a whole number or a list of them"
            : wanted.IsAssignableTo(typeof(IEnumerable<int>)) || wanted.IsAssignableTo(typeof(IEnumerable<long>)) ? "a list of whole numbers"
            : wanted == typeof(Size2D) || wanted == typeof(OutputPadding2D) ? "a whole number or a list of two"
            : wanted == typeof(Size3D) || wanted == typeof(OutputPadding3D) ? "a whole number or a list of three"
            : wanted.IsAssignableTo(typeof(IEnumerable<float>)) ? "a list of numbers"
            : wanted == typeof(FloatRange) ? "a number or a list of two"
            : "";
        return expected.Length == 0 ? null : $"{type.Name}'s \"{name}\" cannot be {ComponentJson.Shown(JsonSerializer.Serialize(value))}: it takes {expected}.";
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

    private string ShortName(Type type) => ShortName(type, suffix);

    private static string ShortName(Type type, string suffix) =>
        suffix.Length > 0 && type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Name[..^suffix.Length] : type.Name;

    /// <summary>A name that is read as another class would come back as something else.</summary>
    private void CheckReadsBack(Type type)
    {
        Type found = Find(ShortName(type));
        if (found != type)
        {
            throw new JsonException(
                $"two {Kind}s are named '{ShortName(type)}': {type.AssemblyQualifiedName} and {found.AssemblyQualifiedName}. JSON names a {Kind} by its class: rename one.");
        }
    }

    private Type Find(string name)
    {
        if (Current.TypesByName(suffix).TryGetValue(Simplify(name), out Type? found))
        {
            return found;
        }

        // Its assembly may have been loaded meanwhile.
        known = Known.Collect();
        return Current.TypesByName(suffix).GetValueOrDefault(Simplify(name)) ?? throw new JsonException(
            $"there is no {Kind} named '{name}'. Known: {string.Join(", ", Current.Types.Select(ShortName).Concat(Current.Values.Keys).Distinct().Order(StringComparer.Ordinal))}. (One of your own is found once its assembly is loaded: reference that assembly and use it before, e.g. _ = typeof(My{typeof(TComponent).Name}).Assembly;)");
    }

    /// <summary>The components of this kind that the process has loaded.</summary>
    /// <param name="Types">The classes, also those of applications, found by reflection so that a new one is one new file.</param>
    /// <param name="Values">The values that have a name of their own, e.g. <c>VarianceScaling.HeNormal</c>.</param>
    private sealed record Known(Type[] Types, Dictionary<string, TComponent> Values)
    {
        private Dictionary<string, Type>? typesByName;

        /// <summary>The values by their names as they are looked up.</summary>
        internal Dictionary<string, TComponent> ByName { get; } =
            Values.GroupBy(pair => Simplify(pair.Key)).ToDictionary(group => group.Key, group => group.First().Value);

        /// <summary>The classes by their names, with and without the suffix, as they are looked up.</summary>
        internal Dictionary<string, Type> TypesByName(string suffix)
        {
            if (typesByName is null)
            {
                var names = new Dictionary<string, Type>(StringComparer.Ordinal);
                foreach (Type type in Types)
                {
                    // Of classes of the same name the last one: a notebook's cell that is run again defines its layer anew.
                    names[Simplify(type.Name)] = type;
                    names[Simplify(ShortName(type, suffix))] = type;
                }

                typesByName = names;
            }

            return typesByName;
        }

        internal static Known Collect()
        {
            Assembly library = typeof(TComponent).Assembly;
            Type[] types = [.. AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => assembly == library || assembly.GetReferencedAssemblies().Any(name => name.Name == library.GetName().Name))
                .SelectMany(LoadableTypes)
                .Where(type => type.IsSubclassOf(typeof(TComponent)) && !type.IsAbstract && (type.IsPublic || type.Assembly != library || IsMarked(type)))];
            var values = new Dictionary<string, TComponent>();
            foreach (PropertyInfo property in types.Append(typeof(TComponent))
                .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
                .Where(property => property.PropertyType.IsAssignableTo(typeof(TComponent))))
            {
                values.TryAdd(property.Name, (TComponent)property.GetValue(null)!);
            }

            return new Known(types, values);
        }

        /// <summary>Such as what stands for an application's function.</summary>
        private static bool IsMarked(Type type) => Array.Exists(
            type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic), constructor => constructor.IsDefined(typeof(JsonConstructorAttribute)));

        /// <summary>An application may lack something that other classes of the assembly are made of.</summary>
        private static IEnumerable<Type> LoadableTypes(Assembly assembly)
        {
            try
            {
                return assembly.GetTypes();
            }
            catch (ReflectionTypeLoadException exception)
            {
                return exception.Types.OfType<Type>();
            }
        }
    }
}
