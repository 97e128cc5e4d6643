using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Images that are decoded by several threads come in the order of the data.</summary>
[TestClass]
public sealed class ImageReadingTests
{
    private const int Size = 20;
    private const int Count = 300;

    private static readonly ExampleLayout Layout = new(
        [new InputColumn("Features", new Shape(Size, Size, 3))], new LabelColumn("Label", LabelEncoding.Number, IsKey: false), null);

    [TestMethod]
    public void Several_threads_give_the_rows_of_one_cursor()
    {
        using var folder = new TemporaryFolder();
        IDataView pixels = Pixels([.. Enumerable.Range(0, Count).Select(i => Paint(folder, i))]);
        using DataViewRowCursor cursor = pixels.GetRowCursor([pixels.Schema["Features"]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(pixels.Schema["Features"]);
        VBuffer<float> expected = default;

        using RowSource rows = Open(pixels, 3);
        Assert.IsInstanceOfType<ParallelRows>(rows);
        for (int row = 0; row < Count; row++)
        {
            Assert.IsTrue(rows.MoveNext() && cursor.MoveNext());
            getter(ref expected);
            Assert.AreEqual(row, rows.Row[^1]);
            Assert.IsTrue(rows.Row[..^1].SequenceEqual(expected.GetValues()));
        }

        Assert.IsFalse(rows.MoveNext());
    }

    [TestMethod]
    public void An_image_that_is_not_there_is_named_with_its_row()
    {
        using var folder = new TemporaryFolder();
        PictureFile[] pictures = [.. Enumerable.Range(0, 150).Select(i => Paint(folder, i))];
        File.Delete(pictures[140].Path);
        using RowSource rows = Open(Pixels(pictures), 2);
        int read = 0;
        string message = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            while (rows.MoveNext())
            {
                read++;
            }
        }).Message;
        Assert.AreEqual(140, read);
        Assert.StartsWith("Row 140 of the training data cannot be read: ", message);
        Assert.Contains("140.png", message);
    }

    private static RowSource Open(IDataView pixels, int threads) =>
        ParallelRows.Open(pixels, [pixels.Schema["Features"], pixels.Schema["Label"]], Layout, null, "training data", null, threads);

    private static IDataView Pixels(PictureFile[] pictures)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(pictures);
        return ml.Transforms.LoadImages("Image", imageFolder: "", nameof(PictureFile.Path))
            .Append(ml.Transforms.ExtractNetworkPixels("Features", Size, Size, "Image")).Fit(data).Transform(data);
    }

    private static PictureFile Paint(TemporaryFolder folder, int number)
    {
        byte[] pixels = new byte[Size * Size * 4];
        new Random(number).NextBytes(pixels);
        for (int at = 3; at < pixels.Length; at += 4)
        {
            pixels[at] = 255;
        }

        using MLImage image = MLImage.CreateFromPixels(Size, Size, MLPixelFormat.Rgba32, pixels);
        var file = new PictureFile { Path = folder[$"{number}.png"], Label = number };
        image.Save(file.Path);
        return file;
    }

    private sealed class PictureFile
    {
        public string Path { get; set; } = "";

        public float Label { get; set; }
    }
}
