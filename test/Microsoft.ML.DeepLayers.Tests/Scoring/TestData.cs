using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>Small data sets in memory.</summary>
internal static class TestData
{
    /// <summary>Rows with a vector of features and a label of any type.</summary>
    internal static IDataView Create<TLabel>(MLContext ml, params (float[] Features, TLabel Label)[] rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Row<TLabel>));
        definition[nameof(Row<TLabel>.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        Row<TLabel>[] items = [.. rows.Select(row => new Row<TLabel> { Features = row.Features, Label = row.Label })];
        return ml.Data.LoadFromEnumerable(items, definition);
    }

    /// <summary>Numbered rows: the first feature is the row's number, the label twice of it.</summary>
    internal static IDataView Numbered(MLContext ml, int rows, int features = 2) => Create(
        ml, [.. Enumerable.Range(0, rows).Select(i => (Enumerable.Range(0, features).Select(k => (float)(i * (k == 0 ? 1 : 0))).ToArray(), 2f * i))]);

    /// <summary>The values of one column.</summary>
    internal static T[] Column<T>(IDataView data, string column) => [.. data.GetColumn<T>(column)];

    /// <summary>What a getter gives for the current row.</summary>
    internal static T Get<T>(ValueGetter<T> getter)
    {
        T value = default!;
        getter(ref value);
        return value;
    }

    internal sealed class Row<TLabel>
    {
        public float[] Features { get; set; } = [];

        public TLabel? Label { get; set; }
    }

    internal sealed class RawFile
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public byte[] Bytes { get; set; } = [];
    }
}
