using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>A column that a network reads, as it was at training; scoring demands the same.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Shape">The shape of one example: that of the vector, or <c>[1]</c> for a scalar.</param>
/// <param name="KeyCount">The number of keys where the column holds keys, else 0. Keys arrive as 1 to this; 0 is missing.</param>
/// <param name="IndexLimit">
/// Where the values are indices into an embedding, the first index that is too large; else 0. Data is checked against it,
/// because neither libtorch nor ONNX Runtime says which row was wrong.
/// </param>
internal sealed record InputColumn(string Name, Shape Shape, ulong KeyCount = 0, int IndexLimit = 0)
{
    /// <summary>The number of values of one example.</summary>
    internal int Size => checked((int)Shape.Size);

    /// <summary>Whether examples are sequences of different lengths.</summary>
    internal bool IsSequence => Shape.HasVariableLength;

    /// <summary>The number of values of one step of a sequence.</summary>
    internal int StepSize => Shape.Skip(1).Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>Describes a column of a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="declared">The shape that the network's Input states; it decides where it is one of variable length.</param>
    /// <exception cref="ArgumentException">The column is missing, of variable size, or holds nothing that is a number.</exception>
    internal static InputColumn FromSchema(DataViewSchema schema, string name, Shape? declared = null)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw new ArgumentException(
                $"Feature column '{name}' is not in the data, which has: {string.Join(", ", schema.Select(other => other.Name).Distinct())}.");
        }

        DataViewType itemType = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        if (!ColumnReader.CanRead(itemType))
        {
            throw new ArgumentException(
                $"Feature column '{name}' is of type {column.Type}, but a network reads numbers, keys and booleans. Convert it first, e.g. with Transforms.Categorical.OneHotEncoding, Transforms.Text.FeaturizeText or Transforms.Conversion.MapValueToKey.");
        }

        Shape shape = declared is { HasVariableLength: true } sequence ? sequence : ShapeOf(name, column.Type);
        return new InputColumn(name, shape, (itemType as KeyDataViewType)?.Count ?? 0);
    }

    /// <summary>Says what is wrong with a column of other data that this network is to score, or nothing.</summary>
    internal string? Mismatch(DataViewSchema schema)
    {
        try
        {
            InputColumn other = FromSchema(schema, Name, Shape);
            return IsSequence || other.Size == Size
                ? null
                : $"Feature column '{Name}' has {other.Size} values a row ({other.Shape}), but the network was trained with {Size} ({Shape}).";
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Checks that a sequence has whole steps.</summary>
    /// <param name="values">The number of its values.</param>
    /// <param name="row">Which row of the data, for the message.</param>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    internal void CheckSteps(int values, long row)
    {
        if (values % StepSize != 0)
        {
            throw new InvalidOperationException(
                $"Column '{Name}' has {values} values in row {row}, which are no whole steps of shape {Shape} ({StepSize} values each).");
        }
    }

    private static Shape ShapeOf(string name, DataViewType type)
    {
        if (type is not VectorDataViewType vector)
        {
            return new Shape(1);
        }

        return vector.IsKnownSize
            ? new Shape([.. vector.Dimensions])
            : throw new ArgumentException(
                $"Feature column '{name}' is a vector of variable size ({vector}), but the network needs a known size. Produce vectors of one length, e.g. with Transforms.Concatenate, or state it in the data class with [VectorType(n)]; or begin a network for sequences with new Input(Shape.Variable).");
    }
}
