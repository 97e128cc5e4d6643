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
        Padding padding => Enum.GetValues<Padding>().Where(other => other != padding).Cast<object>(),
        MergeMode mode => Enum.GetValues<MergeMode>().Where(other => other != mode).Cast<object>(),
        Activation activation => new[] { Activation.Softsign, Activation.Tanh }.Where(other => other != activation),
        Initializer => [new Constant(0.125f)],
        Layer => [new LSTM(17)],
        Network => [new Sequential { new Dense(17) }],
        Shape shape => [shape.With(0, 99)],
        ImmutableArray<int> numbers => [numbers.Reverse().ToImmutableArray(), numbers.Add(1)],
        null when type == typeof(int?) => [7],
        null when type == typeof(Size2D?) => [new Size2D(7, 7)],
        null when type == typeof(string) => ["other"],
        null when type.IsAssignableTo(typeof(Regularizer)) || type.IsAssignableTo(typeof(Constraint)) => [],
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
