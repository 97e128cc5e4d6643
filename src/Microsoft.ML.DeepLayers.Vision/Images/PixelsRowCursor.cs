using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// A cursor that stands where its input stands: where the pixels are not wanted, and where rows cannot be looked ahead.
/// </summary>
/// <param name="input">The cursor over the data.</param>
/// <param name="schema">The schema before and after.</param>
/// <param name="active">The columns that are wanted.</param>
/// <param name="skipped">The rows to leave out; <see langword="null"/> where an image that cannot be loaded is an error.</param>
/// <param name="pixels">What decodes; <see langword="null"/> where no image has to be.</param>
internal sealed class PixelsRowCursor(
    DataViewRowCursor input, PixelsSchema schema, bool[] active, SkippedImages? skipped, RowPixels? pixels) : DataViewRowCursor
{
    private readonly ValueGetter<DataViewRowId> readId = input.GetIdGetter();
    private long position = -1;
    private long total;

    public override DataViewSchema Schema => schema.Output;

    public override long Position => position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override bool MoveNext()
    {
        while (input.MoveNext())
        {
            total++;
            if (!IsLeftOut())
            {
                position++;
                return true;
            }
        }

        if (pixels is not null)
        {
            skipped?.Complete(total);
        }

        position = -1;
        return false;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= schema.Input.Count)
        {
            return PixelsSchema.CheckGetter<TValue>(active[column.Index] ? pixels?.Getter : null, column);
        }

        // The input may have one column more active than was asked of us.
        return active[column.Index]
            ? input.GetGetter<TValue>(schema.Input[column.Index])
            : PixelsSchema.CheckGetter<TValue>(null, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            pixels?.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool IsLeftOut()
    {
        if (skipped is null)
        {
            return false;
        }

        DataViewRowId id = default;
        readId(ref id);
        if (pixels is null)
        {
            return skipped.Contains(id);
        }

        if (pixels.TryLoad() is not { } error)
        {
            return false;
        }

        skipped.Add(id, error);
        return true;
    }
}
