using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Reads the column of images of the row that a cursor stands on.</summary>
internal abstract class ImageReader
{
    /// <summary>Keeps what the row has. Errors of the image's own are put down in the slot.</summary>
    internal abstract void Read(ImageSlot slot);

    internal static ImageReader Create(DataViewRow row, PixelsSchema schema) => schema.Kind switch
    {
        ImageKind.Path => new PathReader(row, schema.InputColumn, schema.Options.ImageFolder),
        ImageKind.Encoded => new EncodedReader(row, schema.InputColumn),
        _ => new MLImageReader(row, schema.InputColumn),
    };

    private static string Describe(DataViewRow row, DataViewSchema.Column column) =>
        string.Create(CultureInfo.InvariantCulture, $"of column '{column.Name}' in row {row.Position}");

    private sealed class PathReader(DataViewRow row, DataViewSchema.Column column, string folder) : ImageReader
    {
        private readonly ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        private ReadOnlyMemory<char> value;

        internal override void Read(ImageSlot slot)
        {
            getter(ref value);
            slot.Path = value.IsEmpty || folder.Length == 0 ? value.ToString() : Path.Combine(folder, value.ToString());
            slot.Name = value.IsEmpty ? Describe(row, column) : $"'{slot.Path}'";
        }
    }

    private sealed class EncodedReader(DataViewRow row, DataViewSchema.Column column) : ImageReader
    {
        private readonly ValueGetter<VBuffer<byte>> getter = row.GetGetter<VBuffer<byte>>(column);

        internal override void Read(ImageSlot slot)
        {
            getter(ref slot.Encoded);
            slot.InputBytes = slot.Encoded.Length;
            slot.Name = Describe(row, column);
        }
    }

    private sealed class MLImageReader(DataViewRow row, DataViewSchema.Column column) : ImageReader
    {
        private readonly ValueGetter<MLImage> getter = row.GetGetter<MLImage>(column);

        // Handed back to be disposed, or not, by whoever made it.
        private MLImage image = null!;

        internal override void Read(ImageSlot slot)
        {
            slot.Name = Describe(row, column);
            getter(ref image);
            if (image is null)
            {
                return;
            }

            slot.Name = string.IsNullOrEmpty(image.Tag) ? slot.Name : $"'{image.Tag}'";
            slot.Image = new MemoryImage(image);
            slot.InputBytes = slot.Image.Length;
        }
    }
}
