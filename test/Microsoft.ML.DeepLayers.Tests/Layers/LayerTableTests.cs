using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Layers are values: complete in the table, comparable, and rebuilt from their properties, as JSON does it.</summary>
[TestClass]
public sealed class LayerTableTests
{
    public static IEnumerable<string> Names => LayerTable.Names;

    [TestMethod]
    public void Every_public_layer_has_a_row()
    {
        Type[] missing = [.. typeof(Layer).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract)
            // A module of a user has no ONNX form, so that nothing here holds for it: see ModuleTests.
            .Except([.. LayerTable.All.Select(row => row.Create().GetType()), typeof(ModuleLayer)])];
        Assert.IsEmpty(missing, $"No row in LayerTable: {string.Join(", ", missing.Select(type => type.Name))}.");
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void The_same_construction_is_equal(string name)
    {
        LayerInfo row = LayerTable.Row(name);
        Assert.AreNotSame(row.Create(), row.Create());
        Assert.AreEqual(row.Create(), row.Create());
        Assert.AreEqual(row.Create().GetHashCode(), row.Create().GetHashCode());
        Assert.AreNotEqual(row.Create(), row.Create() with { Name = "other" });
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Properties_rebuild_the_layer_and_a_changed_one_makes_another(string name)
    {
        Layer layer = LayerTable.Row(name).Create();
        ConstructorInfo constructor = JsonConstructorOf(layer.GetType());
        ParameterInfo[] parameters = constructor.GetParameters();
        PropertyInfo[] properties = [.. parameters.Select(parameter => layer.GetType().GetProperties().Single(
            property => string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)))];
        object?[] arguments = [.. properties.Select(property => property.GetValue(layer))];
        Assert.AreEqual(layer, constructor.Invoke(arguments));
        CollectionAssert.AreEqual(
            parameters.Select(parameter => parameter.ParameterType).ToArray(), properties.Select(property => property.PropertyType).ToArray());
        CollectionAssert.AreEquivalent(
            layer.GetType().GetProperties().Where(property => property.DeclaringType != typeof(SingleInputLayer) && property.GetMethod!.GetBaseDefinition().DeclaringType != typeof(Layer)).ToArray(), properties,
            "JSON writes every public property, and reads it through the constructor.");

        for (int i = 0; i < parameters.Length; i++)
        {
            foreach (object? other in Others(arguments[i], parameters[i].ParameterType))
            {
                object?[] changed = [.. arguments];
                changed[i] = other;
                if (TryCreate(constructor, changed) is { } different)
                {
                    Assert.AreNotEqual(layer, different, parameters[i].Name);
                    break;
                }
            }
        }
    }

    private static ConstructorInfo JsonConstructorOf(Type type)
    {
        ConstructorInfo[] all = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return all.SingleOrDefault(constructor => constructor.GetCustomAttribute<JsonConstructorAttribute>() is not null)
            ?? all.Single(constructor => constructor.IsPublic);
    }

    /// <summary>Other values to try; not every one is valid beside the other arguments.</summary>
    private static IEnumerable<object?> Others(object? value, Type type) => value switch
    {
        bool flag => [!flag],
        int number => [number + 1, number * 2],
        float number => [number + 0.1f, number / 2],
        Size2D size => [new Size2D(size.Height + 1, size.Width)],
        Size3D size => [new Size3D(size.Depth, size.Height + 1, size.Width)],
        OutputPadding2D padding => [new OutputPadding2D(padding.Height + 1, padding.Width)],
        OutputPadding3D padding => [new OutputPadding3D(padding.Depth, padding.Height + 1, padding.Width)],
        Enum choice => Enum.GetValues(choice.GetType()).Cast<object>().Where(other => !other.Equals(choice)),
        FloatRange => [new FloatRange(0.125f, 0.25f)],
        ImmutableArray<float> { IsEmpty: true } or ImmutableArray<int> { IsEmpty: true } => [],
        ImmutableArray<float> numbers => [numbers.SetItem(0, numbers[0] + 0.01f)],
        Activation activation => new[] { Activation.Softsign, Activation.Tanh }.Where(other => other != activation),
        Margin margin => [new Margin(margin.Begin, margin.End + 1)],
        Margins2D margins => [margins with { Width = new Margin(margins.Width.Begin + 1, margins.Width.End) }],
        Margins3D margins => [margins with { Height = new Margin(margins.Height.Begin, margins.Height.End + 1) }],
        Initializer => [new Constant(0.125f)],
        Network => [new Sequential { new Dense(17) }],
        Layer => [new LSTM(17), new LSTMCell(17), new Dense(17)],
        ImmutableArray<Layer> layers => [layers.Add(layers[0])],
        Shape shape => [shape.With(0, 99)],
        Axes axes => [new Axes([.. axes, -axes.Count - 1])],
        string text => new[] { text.Replace('b', 'q'), text.Replace('y', 'q') }.Where(other => other != text),
        ImmutableArray<int> numbers => new[] { numbers.Reverse().ToImmutableArray(), numbers.Add(1) }.Where(other => !other.SequenceEqual(numbers)).Cast<object>(),
        null when type == typeof(int?) => [7, 0],
        null when type == typeof(Shape?) => [new Shape(7)],
        null when type == typeof(FloatRange?) => [new FloatRange(0.125f, 0.25f)],
        null when type == typeof(Size2D?) => [new Size2D(7, 7)],
        null when type == typeof(Size3D?) => [new Size3D(7, 7, 7)],
        null when type == typeof(OutputPadding2D?) => [default(OutputPadding2D)],
        null when type == typeof(OutputPadding3D?) => [default(OutputPadding3D)],
        null when type == typeof(string) => ["other"],
        Regularizer => [new L1(0.375f)],
        Constraint => [new MaxNorm(0.375f)],
        null when type == typeof(float?) => [0.7f],
        null when type == typeof(Regularizer) => [new L2(0.5f)],
        null when type == typeof(Constraint) => [new NonNeg()],
        null when type == typeof(Layer) => [new LSTM(17, goBackwards: true)],
        _ => throw new NotSupportedException($"Say how a {type.Name} is changed."),
    };

    private static object? TryCreate(ConstructorInfo constructor, object?[] arguments)
    {
        try
        {
            return constructor.Invoke(arguments);
        }
        catch (TargetInvocationException exception) when (exception.InnerException is ArgumentException)
        {
            return null;
        }
    }
}
