using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>Decodes an image file into pixels.</summary>
internal sealed class ImageFileReader
{
    private readonly MLContext ml = new(seed: 1);

    internal void Load(string path) => Pixels.Read(ml, ml.Data.LoadFromEnumerable([new PathRow { ImagePath = path }]), ImageErrors.Fail);
}

/// <summary>Reads a CSV file of paths and labels, and decodes the images.</summary>
internal sealed class ImageCsvReader
{
    private readonly MLContext ml = new(seed: 1);

    internal void Load(string path)
    {
        // The images that the unchanged lists name.
        string folder = Path.GetDirectoryName(path)!;
        foreach (string name in new[] { "a.png", "b.png" }.Where(name => !File.Exists(Path.Combine(folder, name))))
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "Corpus", "image", "palette.png"), Path.Combine(folder, name));
        }

        IDataView data = ml.Data.LoadImageCsv(path);
        foreach (DataViewSchema.Column column in data.Schema)
        {
            using DataViewRowCursor cursor = data.GetRowCursor([column]);
            while (cursor.MoveNext())
            {
            }
        }

        Pixels.Read(ml, data, ImageErrors.Skip);
    }
}

/// <summary>Loads the pixels of a column of paths.</summary>
internal static class Pixels
{
    internal static void Read(MLContext ml, IDataView data, ImageErrors errors)
    {
        IDataView pixels = ml.Transforms.LoadPixels("Pixels", imageHeight: 8, imageWidth: 8, inputColumnName: "ImagePath", errors: errors).Fit(data).Transform(data);
        DataViewSchema.Column column = pixels.Schema["Pixels"];
        using DataViewRowCursor cursor = pixels.GetRowCursor([column]);
        VBuffer<byte> values = default;
        ValueGetter<VBuffer<byte>> getter = cursor.GetGetter<VBuffer<byte>>(column);
        while (cursor.MoveNext())
        {
            getter(ref values);
        }
    }
}

/// <summary>A row of an image's path.</summary>
internal sealed class PathRow
{
    public string ImagePath { get; set; } = "";
}
