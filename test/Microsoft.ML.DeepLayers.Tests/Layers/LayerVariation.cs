using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// A row of the table of layers with some parameters and dimensions replaced by random ones, such that the layer takes
/// the inputs.
/// </summary>
internal sealed record LayerVariation(LayerInfo Row, Layer Layer, IReadOnlyList<Shape> Shapes, int Batch)
{
    // Parameters that change what the inputs must be, or no computation, or that no random value fits.
    private static readonly string[] KeptNames = ["inputDim", "vocabularySize", "equation"];
    private static readonly Type[] KeptTypes = [typeof(Initializer), typeof(Regularizer), typeof(Constraint), typeof(Network), typeof(string)];

    public static LayerVariation Random(IReadOnlyList<LayerInfo> rows, Random random)
    {
        LayerInfo row = rows[random.Next(rows.Count)];
        IReadOnlyList<Shape>[] cases = [.. row.Cases];
        int batch = random.Next(1, 4);
        for (int attempt = 0; attempt < 100; attempt++)
        {
            IReadOnlyList<Shape> shapes = cases[random.Next(cases.Length)];
            Layer layer = random.Next(4) == 0 ? row.Create() : Vary(row.Create(), random);
            shapes = random.Next(4) == 0 ? shapes : Vary(shapes, random);
            if (Takes(layer, shapes))
            {
                return new LayerVariation(row, layer, shapes, batch);
            }
        }

        return new LayerVariation(row, row.Create(), cases[0], batch);
    }

    public override string ToString() =>
        $"{JsonSerializer.Serialize(Layer, ComponentJson.Options)} of {string.Join(", ", Shapes)}, batch {Batch} (from '{Row.Name}')";

    /// <summary>The constructor that JSON uses: its parameters are the layer's properties.</summary>
    internal static ConstructorInfo ConstructorOf(Type type)
    {
        ConstructorInfo[] all = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return all.SingleOrDefault(constructor => constructor.GetCustomAttribute<JsonConstructorAttribute>() is not null)
            ?? all.Single(constructor => constructor.IsPublic);
    }

    private static Layer Vary(Layer layer, Random random)
    {
        ConstructorInfo constructor = ConstructorOf(layer.GetType());
        ParameterInfo[] parameters = constructor.GetParameters();
        object?[] values = [.. parameters.Select(parameter => layer.GetType()
            .GetProperties().Single(property => string.Equals(property.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)).GetValue(layer))];
        for (int attempt = 0; attempt < 20; attempt++)
        {
            object?[] varied = [.. parameters.Zip(values, (parameter, value) => random.Next(3) == 0 ? Vary(parameter, value, random) : value)];
            try
            {
                return (Layer)constructor.Invoke(varied) with { ActivityRegularizer = layer.ActivityRegularizer };
            }
            catch (TargetInvocationException exception) when (exception.InnerException is ArgumentException)
            {
                // Not every combination is allowed: try another one.
            }
        }

        return layer;
    }

    private static object? Vary(ParameterInfo parameter, object? value, Random random)
    {
        if (KeptNames.Contains(parameter.Name) || KeptTypes.Contains(parameter.ParameterType))
        {
            return value;
        }

        return value switch
        {
            Layer inner => Vary(inner, random),
            ImmutableArray<Layer> inner => inner.Select(layer => Vary(layer, random)).ToImmutableArray(),
            null when parameter.ParameterType == typeof(Layer) => null,
            _ when Nullable.GetUnderlyingType(parameter.ParameterType) is not null && random.Next(3) == 0 => null,
            // Over steps, it grows beyond all numbers.
            _ => ComponentGen.Value(parameter.ParameterType, random) is var other and not ExponentialActivation ? other : value,
        };
    }

    /// <summary>Other dimensions: mostly the same new one wherever the same old one was, because inputs have to fit each other.</summary>
    private static Shape[] Vary(IReadOnlyList<Shape> shapes, Random random)
    {
        Dictionary<int, int> renewed = shapes.SelectMany(shape => shape).Distinct()
            .ToDictionary(dimension => dimension, dimension => random.Next(2) == 0 ? dimension : random.Next(1, 8));
        return [.. shapes.Select(shape => new Shape([.. shape.Select(dimension => random.Next(6) == 0 ? random.Next(1, 8) : renewed[dimension])]))];
    }

    /// <summary>Whether the layer takes the inputs, and all is small enough to be quick.</summary>
    private static bool Takes(Layer layer, IReadOnlyList<Shape> shapes)
    {
        try
        {
            return shapes.Concat(layer.ComputeOutputShapes(shapes)).All(shape => shape.Size <= 500)
                && layer.GetWeights(shapes).Sum(spec => spec.Shape.Size) <= 3000;
        }
        catch (LayerShapeException)
        {
            return false;
        }
    }
}
