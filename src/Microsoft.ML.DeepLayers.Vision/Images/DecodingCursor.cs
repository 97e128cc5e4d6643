using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// A cursor whose images are decoded ahead, by several threads, and come in the order of the data. The input is read on the
/// thread of whoever moves this cursor, once and in order; what passes through is kept with the images.
/// </summary>
internal sealed class DecodingCursor : DataViewRowCursor, ICurrentRow
{
    /// <summary>What decoded images may take together, and what may wait to be decoded.</summary>
    private const long BytesAhead = 64 << 20;

    private const int MostRowsAhead = 256;

    private readonly IHost host;
    private readonly DataViewRowCursor input;
    private readonly PixelsSchema schema;
    private readonly bool[] active;
    private readonly SkippedImages? skipped;
    private readonly ImageReader reader;
    private readonly WorkQueue queue;
    private readonly PixelLoaders loaders;
    private readonly ImageSlot[] slots;
    private readonly PassThrough passThrough;
    private readonly long[] keptBytes;
    private long read;
    private long taken;
    private long waitingBytes;
    private long position = -1;
    private bool stands;
    private bool inputEnded;
    private bool isDisposed;
    private Exception? inputError;

    internal DecodingCursor(IHost host, DataViewRowCursor input, PixelsSchema schema, bool[] active, SkippedImages? skipped)
    {
        this.host = host;
        this.input = input;
        this.schema = schema;
        this.active = active;
        this.skipped = skipped;
        int workers = schema.Options.Workers ?? Environment.ProcessorCount;
        int rows = (int)Math.Clamp(BytesAhead / schema.Size, 2L * workers, Math.Max(MostRowsAhead, 2L * workers));
        reader = ImageReader.Create(input, schema);
        loaders = new PixelLoaders(schema);
        slots = [.. Enumerable.Range(0, rows).Select(_ => new ImageSlot(schema.Size, loaders))];
        passThrough = new PassThrough(input, active, this);
        passThrough.MakeRoom(rows);
        keptBytes = new long[rows];
        queue = new WorkQueue(maxHelpers: workers, maxThreads: workers);
    }

    public override DataViewSchema Schema => schema.Output;

    public override long Position => position;

    public override long Batch => stands ? passThrough.Batch : 0;

    /// <summary>The slot of the current row.</summary>
    public int Index => stands ? Latest
        : throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");

    private int Latest => (int)((taken - 1) % slots.Length);

    public override ValueGetter<DataViewRowId> GetIdGetter() => passThrough.IdGetter;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index < schema.Input.Count)
        {
            return PixelsSchema.CheckGetter<TValue>(passThrough.Getter(column.Index), column);
        }

        ValueGetter<VBuffer<byte>>? pixels = active[column.Index]
            ? (ref VBuffer<byte> value) => RowPixels.Copy(slots[Index].Pixels, ref value)
            : null;
        return PixelsSchema.CheckGetter<TValue>(pixels, column);
    }

    public override bool MoveNext()
    {
        HostEnvironments.ThrowIfCanceled(host);
        stands = false;
        while (!isDisposed && Take())
        {
            if (slots[Latest].Error is not { } error)
            {
                stands = true;
                position++;
                return true;
            }

            LeaveOut(error);
        }

        position = -1;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            (stands, isDisposed) = (false, true);
            queue.Stop();
            loaders.Dispose();
            passThrough.Dispose();
            foreach (ImageSlot slot in slots)
            {
                slot.ReleaseInput();
            }

            input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Takes the next row, with its image decoded or an error.</summary>
    private bool Take()
    {
        ReadAhead();
        if (taken == read)
        {
            if (inputError is not null)
            {
                ExceptionDispatchInfo.Throw(inputError);
            }

            skipped?.Complete(read);
            return false;
        }

        int next = (int)(taken % slots.Length);
        queue.Finish(slots[next]);
        waitingBytes -= slots[next].InputBytes + keptBytes[next];
        taken++;
        return true;
    }

    /// <summary>Fills all slots but the current row's, which its reader may still look at.</summary>
    private void ReadAhead()
    {
        while (!inputEnded && read - taken < slots.Length && (read == taken || waitingBytes < BytesAhead))
        {
            try
            {
                inputEnded = !input.MoveNext();
                if (!inputEnded)
                {
                    Read((int)(read % slots.Length));
                }
            }
            catch (Exception exception)
            {
                // It belongs behind the rows that were read before.
                inputError = exception;
                inputEnded = true;
            }
        }
    }

    private void Read(int index)
    {
        ImageSlot slot = slots[index];
        slot.Reset();
        slot.InputBytes = 0;
        reader.Read(slot);
        keptBytes[index] = passThrough.Keep(index);
        waitingBytes += slot.InputBytes + keptBytes[index];
        read++;
        queue.Add(slot);
    }

    private void LeaveOut(Exception error)
    {
        if (error is not ImageLoadException known)
        {
            throw new InvalidOperationException($"The image {slots[Latest].Name} cannot be loaded: {error.Message}", error);
        }

        if (skipped is null)
        {
            throw new ImageLoadException(
                known.Image, known.Defect, known.Reason,
                $"Repair or remove it, or leave such images out: {nameof(PixelLoadingOptions)}.{nameof(PixelLoadingOptions.Errors)} = {nameof(ImageErrors)}.{nameof(ImageErrors.Skip)}.",
                known);
        }

        skipped.Add(passThrough.Id(Latest), known);
    }
}
