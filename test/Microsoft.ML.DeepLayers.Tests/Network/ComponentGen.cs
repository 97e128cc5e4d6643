using System.Collections.Immutable;
using System.Reflection;
using CsCheck;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>
/// Makes every layer, activation, initializer, optimizer and callback that the library has, by reflection, so that a new
/// one is tested from the day it appears.
/// </summary>
internal static class ComponentGen
{
    internal static Gen<Layer> Layer { get; } = OfKind<Layer>(type => type != typeof(Input));

    internal static Gen<Sequential> Network { get; } = Layer.Where(layer => layer.OutputCount == 1).List[0, 6].Select(Gen.Bool, Gen.Int, (layers, withInput, seed) =>
        new Sequential(withInput ? [(Layer)Make(typeof(Input), new Random(seed)), .. layers] : layers));

    internal static IEnumerable<Type> Types(Type kind) => kind.Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(kind) && !type.IsAbstract && type.IsPublic)
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>A component of this class with random parameters; each optional one is left out half of the time.</summary>
    internal static object Make(Type type, Random random, bool requiredOnly = false)
    {
        ConstructorInfo constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        for (int attempt = 0; ; attempt++)
        {
            object?[] arguments = [.. constructor.GetParameters().Select(parameter =>
                parameter.HasDefaultValue && (requiredOnly || random.Next(2) == 0) ? Type.Missing
                : parameter.Name == "equation" ? "ab,bc->ac"
                : Value(parameter.ParameterType, random))];
            try
            {
                object component = constructor.Invoke(BindingFlags.OptionalParamBinding, null, arguments, null);
                if (!requiredOnly)
                {
                    SetProperties(component, constructor, random);
                }

                return component;
            }
            catch (TargetInvocationException exception) when (exception.InnerException is ArgumentException && attempt < 1000)
            {
                // Not every combination is allowed: try another one.
            }
        }
    }

    /// <summary>Sets some of what an object initializer may set, but for names, which must differ within a network.</summary>
    private static void SetProperties(object component, ConstructorInfo constructor, Random random)
    {
        foreach (PropertyInfo property in component.GetType().GetProperties().Where(property => property.SetMethod is { IsPublic: true } && property.Name != "Name"
            && !constructor.GetParameters().Any(parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase))))
        {
            if (random.Next(6) == 0)
            {
                property.SetValue(component, Value(property.PropertyType, random));
            }
        }
    }

    private static Gen<T> OfKind<T>(Func<Type, bool> filter)
    {
        Type[] types = [.. Types(typeof(T)).Where(filter)];
        return Gen.Int[0, types.Length - 1].Select(Gen.Int, (index, seed) => (T)Make(types[index], new Random(seed)));
    }

    /// <summary>A random value of a parameter of this type.</summary>
    internal static object? Value(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Value(underlying, random);
        }

        if (type.IsEnum)
        {
            Array values = Enum.GetValues(type);
            return values.GetValue(random.Next(values.Length));
        }

        return type switch
        {
            _ when type == typeof(int) => random.Next(1, 6),
            _ when type == typeof(long) => (long)random.Next(1, 40),
            _ when type == typeof(float) => random.Next(2) == 0 ? random.NextSingle() : (float)Math.Pow(10, random.Next(-7, 0)),
            _ when type == typeof(bool) => random.Next(2) == 0,
            _ when type == typeof(string) => random.Next(2) == 0 ? "column" : "Größe \"x\" ı",
            _ when type == typeof(TimeSpan) => TimeSpan.FromMilliseconds(random.Next(1, 1 << 30)),
            _ when type.IsSubclassOf(typeof(Delegate)) => null, // Model files cannot hold one.
            _ when type == typeof(Size2D) => new Size2D(random.Next(1, 4), random.Next(1, 4)),
            _ when type == typeof(Size3D) => new Size3D(random.Next(1, 4), random.Next(1, 4), random.Next(1, 4)),
            _ when type == typeof(OutputPadding2D) => new OutputPadding2D(random.Next(3), random.Next(3)),
            _ when type == typeof(OutputPadding3D) => new OutputPadding3D(random.Next(3), random.Next(3), random.Next(3)),
            _ when type == typeof(Axes) => new Axes([.. Dimensions(random).Select(axis => random.Next(2) == 0 ? axis : -axis)]),
            _ when type == typeof(Shape) => new Shape([.. Dimensions(random)]),
            _ when type == typeof(int[]) => Dimensions(random),
            _ when type == typeof(Margin) => new Margin(random.Next(3), random.Next(3)),
            _ when type == typeof(Margins2D) => new Margins2D(random.Next(3), (random.Next(3), 1)),
            _ when type == typeof(Margins3D) => new Margins3D(random.Next(3), (random.Next(3), 1), random.Next(2)),
            _ when type == typeof(ImmutableArray<int>) => ImmutableArray.Create(Dimensions(random)),
            _ when type == typeof(ImmutableArray<float>) => ImmutableArray.Create([.. Enumerable.Range(0, random.Next(1, 4)).Select(i => i + random.NextSingle())]),
            _ when type == typeof(ImmutableArray<long>) => ImmutableArray.Create([.. Enumerable.Range(0, random.Next(1, 4)).Select(i => (10L * i) + random.Next(10))]),
            // Whoever makes an optimizer wants to know its rate.
            _ when type == typeof(LearningRateSchedule) => new ConstantLearningRate(random.NextSingle() + 1e-4f),
            _ when type == typeof(FloatRange) => random.Next(2) == 0 ? random.NextSingle() : new FloatRange(random.NextSingle(), random.NextSingle()),
            _ when type == typeof(Network) => new Sequential([new Dense(random.Next(1, 4)), (Layer)Make(typeof(Dropout), random)]),
            _ when type == typeof(Layer) => Make(Pick([typeof(LSTM), typeof(GRUCell), typeof(Dense)], random), random),
            _ when type == typeof(Layer[]) => new[] { (Layer)Make(typeof(GRUCell), random), (Layer)Make(typeof(LSTMCell), random) },
            _ => Make(Pick([.. Types(type)], random), random),
        };
    }

    private static int[] Dimensions(Random random) => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 4))];

    private static T Pick<T>(T[] items, Random random) => items[random.Next(items.Length)];
}
