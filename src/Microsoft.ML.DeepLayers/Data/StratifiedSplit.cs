using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Splits a view into two of which each class has its share.</summary>
internal static class StratifiedSplit
{
    /// <exception cref="ArgumentException">The column is missing, of a type that tells no classes, or nothing would be left on a side.</exception>
    internal static DataOperationsCatalog.TrainTestData Split(IDataView data, string labelColumnName, double testFraction, int seed)
    {
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(labelColumnName) ?? throw new ArgumentException(
            $"Label column '{labelColumnName}' is not in the data, which has: {string.Join(", ", data.Schema.Select(other => other.Name).Distinct())}.");
        if (!GroupReader.CanRead(column.Type is VectorDataViewType vector ? vector.ItemType : column.Type))
        {
            throw new ArgumentException($"Label column '{labelColumnName}' is of type {column.Type}, but classes are told by text, numbers, keys, booleans or dates.");
        }

        (List<DataViewRowId> ids, List<ulong> classes) = Read(data, column);
        int count = (int)Math.Round(ids.Count * testFraction);
        if (count == 0 || count == ids.Count)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"A test fraction of {testFraction} of {ids.Count} rows leaves {ids.Count - count} for training and {count} for testing. Use more rows or another fraction."));
        }

        bool[] isTest = ValidationSplit.Drawn([.. Enumerable.Range(0, ids.Count)], row => classes[row], count, testFraction, new Random(seed));
        var test = new HashSet<DataViewRowId>(ids.Where((_, row) => isTest[row]));
        if (test.Count != count)
        {
            throw new ArgumentException("Rows of the data share ids, so that they cannot be told apart. Save the data (Data.SaveAsBinary) and load it again.");
        }

        return Splits.Create(new SplitView(data, test, keeps: false, ids.Count - count), new SplitView(data, test, keeps: true, count));
    }

    private static (List<DataViewRowId> Ids, List<ulong> Classes) Read(IDataView data, DataViewSchema.Column column)
    {
        var ids = new List<DataViewRowId>();
        var classes = new List<ulong>();
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<DataViewRowId> readId = cursor.GetIdGetter();
        GroupReader reader = GroupReader.Create(cursor, column);
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            readId(ref id);
            ids.Add(id);
            classes.Add(reader.Read());
        }

        return (ids, classes);
    }
}
