using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Data with a column of pixels. Nothing is loaded before a cursor runs over it.</summary>
internal sealed class PixelsDataView(IHost host, IDataView input, PixelsSchema schema) : IDataView
{
    private readonly SkippedImages? skipped = schema.Options.Errors == ImageErrors.Skip ? new SkippedImages(host) : null;

    public DataViewSchema Schema => schema.Output;

    public bool CanShuffle => input.CanShuffle;

    /// <summary>Nobody knows how many images can be loaded before it has been tried.</summary>
    public long? GetRowCount() => skipped is null ? input.GetRowCount() : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = schema.Activate(columnsNeeded);
        // Which rows are left out does not depend on the columns that are asked for.
        bool decodes = schema.NeedsPixels(active) || skipped is { IsComplete: false };
        DataViewRowCursor cursor = input.GetRowCursor(schema.GetDependencies(active, decodes), rand);
        try
        {
            return !decodes ? new PixelsRowCursor(cursor, schema, active, skipped, pixels: null)
                : CanReadAhead(active) ? new DecodingCursor(host, cursor, schema, active, skipped)
                : new PixelsRowCursor(cursor, schema, active, skipped, new RowPixels(cursor, schema));
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }

    /// <summary>One cursor, whatever <paramref name="n"/>: it uses all cores by itself.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private bool CanReadAhead(bool[] active)
    {
        foreach (DataViewSchema.Column column in schema.Input)
        {
            if (active[column.Index] && !LookAheadColumn.CanKeep(column.Type))
            {
                return false;
            }
        }

        return true;
    }
}
