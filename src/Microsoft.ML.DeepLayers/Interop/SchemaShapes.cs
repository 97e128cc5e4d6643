using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>Makes and searches schema shapes, ML.NET's promises of schemas.</summary>
internal static class SchemaShapes
{
    /// <summary>The shape of a schema: what an estimator is asked about before it sees data.</summary>
    internal static SchemaShape FromSchema(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>A column of one value a row.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="type">The type of its values; of a key, the type of its numbers.</param>
    /// <param name="isKey">Whether it holds keys.</param>
    /// <param name="annotations">The annotations that it will have.</param>
    internal static SchemaShape.Column Scalar(
        string name, PrimitiveDataViewType type, bool isKey = false, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, VectorKind.Scalar, type, isKey, new SchemaShape(annotations));

    /// <summary>A column of a vector of known size a row.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="itemType">The type of the vector's items.</param>
    /// <param name="annotations">The annotations that it will have.</param>
    internal static SchemaShape.Column Vector(
        string name, DataViewType itemType, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, VectorKind.Vector, itemType, isKey: false, new SchemaShape(annotations));

    /// <summary>A column of a given type, without annotations.</summary>
    internal static SchemaShape.Column FromType(string name, DataViewType type)
    {
        SchemaShape.GetColumnTypeShape(type, out VectorKind kind, out DataViewType itemType, out bool isKey);
        return new SchemaShape.Column(name, kind, itemType, isKey, annotations: null);
    }

    /// <summary>The column of a name, or <see langword="null"/>.</summary>
    internal static SchemaShape.Column? Find(SchemaShape shape, string name) =>
        shape.TryFindColumn(name, out SchemaShape.Column column) ? column : null;

    /// <summary>Whether an offered column fulfils a wish: same name and type, and at least the wished annotations.</summary>
    internal static bool Fulfils(SchemaShape.Column offered, SchemaShape.Column wished) => wished.IsCompatibleWith(offered);

    /// <summary>The input with columns put in; like transformers do, a new column hides one of the same name.</summary>
    internal static SchemaShape Append(SchemaShape input, IEnumerable<SchemaShape.Column> added)
    {
        var columns = input.ToDictionary(column => column.Name, StringComparer.Ordinal);
        foreach (SchemaShape.Column column in added)
        {
            columns[column.Name] = column;
        }

        return new SchemaShape(columns.Values);
    }

    /// <summary>Says a column's type in words, e.g. <c>Vector&lt;Single&gt;</c>.</summary>
    internal static string Describe(SchemaShape.Column column)
    {
        string type = column.IsKey ? $"Key<{column.ItemType}>" : $"{column.ItemType}";
        return column.Kind switch
        {
            VectorKind.Vector => $"Vector<{type}>",
            VectorKind.VariableVector => $"VarVector<{type}>",
            _ => type,
        };
    }
}
