using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>The pixels of the row that a cursor or a PredictionEngine stands on, decoded when they are asked for, and once.</summary>
internal sealed class RowPixels : IDisposable
{
    private readonly DataViewRow row;
    private readonly ImageReader reader;
    private readonly PixelLoaders loaders;
    private readonly ImageSlot slot;
    private long loadedPosition = -1;

    internal RowPixels(DataViewRow row, PixelsSchema schema)
    {
        this.row = row;
        reader = ImageReader.Create(row, schema);
        loaders = new PixelLoaders(schema);
        slot = new ImageSlot(schema.Size, loaders);
        Getter = (ref VBuffer<byte> value) => Copy(Load(), ref value);
    }

    internal ValueGetter<VBuffer<byte>> Getter { get; }

    /// <summary>Why the current image cannot be loaded, or nothing.</summary>
    internal ImageLoadException? TryLoad()
    {
        LoadOnce();
        return slot.Error as ImageLoadException;
    }

    /// <summary>Gives pixels away: the receiver may write into what it gets, and may hand it back to be filled anew.</summary>
    internal static void Copy(byte[] pixels, ref VBuffer<byte> value)
    {
        VBufferEditor<byte> editor = VBufferEditor.Create(ref value, pixels.Length);
        pixels.CopyTo(editor.Values);
        value = editor.Commit();
    }

    public void Dispose() => loaders.Dispose();

    private byte[] Load()
    {
        LoadOnce();
        if (slot.Error is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return slot.Pixels;
    }

    private void LoadOnce()
    {
        if (row.Position < 0)
        {
            throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.");
        }

        if (row.Position != loadedPosition)
        {
            loadedPosition = row.Position;
            slot.Reset();
            reader.Read(slot);
            slot.Run();
        }
    }
}
