using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>The annotations of scored columns, by ML.NET's names, for schemas and for their promises.</summary>
internal static class ScoreAnnotations
{
    internal const string KeyValues = "KeyValues";
    internal const string SlotNames = "SlotNames";
    internal const string TrainingLabelValues = "TrainingLabelValues";

    private const string ScoreColumnSetId = "ScoreColumnSetId";
    private const string ScoreColumnKind = "ScoreColumnKind";
    private const string ScoreValueKind = "ScoreValueKind";
    private const string IsNormalized = "IsNormalized";

    /// <summary>One more than the largest number of a set of scored columns, so that two trainers in a chain can be told apart.</summary>
    internal static uint NextSetId(DataViewSchema schema)
    {
        uint largest = 0;
        foreach (DataViewSchema.Column column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(ScoreColumnSetId)?.Type is KeyDataViewType type && type.RawType == typeof(uint))
            {
                uint id = 0;
                column.Annotations.GetValue(ScoreColumnSetId, ref id);
                largest = Math.Max(largest, id);
            }
        }

        return largest + 1;
    }

    /// <summary>The three that all scored columns have.</summary>
    /// <param name="setId">See <see cref="NextSetId"/>.</param>
    /// <param name="columnKind">The kind of prediction, e.g. <c>Regression</c>.</param>
    /// <param name="valueKind">What this column says about it, e.g. <c>Score</c>.</param>
    internal static DataViewSchema.Annotations.Builder Common(uint setId, string columnKind, string valueKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ScoreColumnSetId, new KeyDataViewType(typeof(uint), int.MaxValue), (ref uint value) => value = setId);
        builder.AddPrimitiveValue(ScoreColumnKind, TextDataViewType.Instance, columnKind.AsMemory());
        builder.AddPrimitiveValue(ScoreValueKind, TextDataViewType.Instance, valueKind.AsMemory());
        return builder;
    }

    /// <summary>The promise of <see cref="Common"/>.</summary>
    internal static IReadOnlyList<SchemaShape.Column> CommonShapes { get; } =
    [
        SchemaShapes.Scalar(ScoreColumnSetId, NumberDataViewType.UInt32, isKey: true),
        SchemaShapes.Scalar(ScoreColumnKind, TextDataViewType.Instance),
        SchemaShapes.Scalar(ScoreValueKind, TextDataViewType.Instance),
    ];

    /// <summary>Says that the column's values are probabilities.</summary>
    internal static void AddIsNormalized(this DataViewSchema.Annotations.Builder builder) =>
        builder.AddPrimitiveValue(IsNormalized, BooleanDataViewType.Instance, true);

    /// <summary>The promise of <see cref="AddIsNormalized"/>.</summary>
    internal static SchemaShape.Column IsNormalizedShape { get; } = SchemaShapes.Scalar(IsNormalized, BooleanDataViewType.Instance);

    /// <summary>Adds what the label's keys stood for under the given name.</summary>
    internal static void AddLabelValues(this DataViewSchema.Annotations.Builder builder, string name, ClassLabels labels)
    {
        MethodInfo makeGetter = typeof(ScoreAnnotations)
            .GetMethod(nameof(CreateGetter), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(labels.ValueType!.RawType);
        builder.Add(name, new VectorDataViewType(labels.ValueType, labels.Count), (Delegate)makeGetter.Invoke(null, [labels.Values])!);
    }

    /// <summary>The type of the label's key values as an estimator sees it, or <see langword="null"/>.</summary>
    internal static DataViewType? GetLabelValueType(SchemaShape.Column label) =>
        label.IsKey
        && SchemaShapes.Find(label.Annotations, KeyValues) is { Kind: SchemaShape.Column.VectorKind.Vector } values
            ? values.ItemType
            : null;

    private static ValueGetter<VBuffer<T>> CreateGetter<T>(T[] values)
    {
        var buffer = new VBuffer<T>(values.Length, values);
        // Copied: the receiver may write into what it gets.
        return (ref VBuffer<T> destination) => buffer.CopyTo(ref destination);
    }
}
