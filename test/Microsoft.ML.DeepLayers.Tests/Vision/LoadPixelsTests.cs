using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Tests.Data;
using Microsoft.ML.DeepLayers.Tests.Persistence;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>A column of pixels: of paths, of files in memory and of ML.NET's images, in views and in single predictions.</summary>
[TestClass]
public sealed class LoadPixelsTests
{
    private const int Count = 70;

    [TestMethod]
    public void The_estimator_keeps_the_contract()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView valid = List(ml, folder);
        IDataView withoutPath = ml.Transforms.DropColumns("ImagePath").Fit(valid).Transform(valid);
        IDataView numbers = ml.Data.LoadFromEnumerable([new Number()]);
        PixelLoadingOptions options = Options();
        options.Workers = 3;
        EstimatorConformance.Check(ml, ml.Transforms.LoadPixels(options), valid, withoutPath, numbers);

        IDataView files = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new TestImages.Encoded { File = Image(i) }));
        EstimatorConformance.Check(ml, ml.Transforms.LoadPixels("File", 6, 7), files, valid);
    }

    [TestMethod]
    public void Earlier_models_that_name_the_assembly_of_images_load()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView list = List(ml, folder);
        PixelLoadingTransformer transformer = ml.Transforms.LoadPixels(Options()).Fit(list);
        byte[] zip = ModelZips.NameAssembly(ModelZips.Save(ml, transformer, list.Schema), typeof(PixelLoadingTransformer).Assembly);
        byte[][] expected = TestImages.Pixels(transformer.Transform(list)), actual = TestImages.Pixels(ModelZips.Load(zip).Transform(list));
        Assert.HasCount(Count, expected);
        CollectionAssert.AreEqual(expected.SelectMany(row => row).ToArray(), actual.SelectMany(row => row).ToArray());
    }

    [TestMethod]
    [DataRow("size", "pixels take"), DataRow("threads", "threads"), DataRow("share", "network folder"), DataRow("slashes", "network folder")]
    public void A_model_of_a_few_bytes_does_not_decide_about_gigabytes_or_the_network(string setting, string message)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView list = List(ml, folder);
        PixelLoadingOptions options = Options();
        (options.ImageHeight, options.Workers, options.ImageFolder) = setting switch
        {
            "size" => (10_000_000, null, ""),
            "threads" => (4, (int?)100_000, ""),
            "share" => (4, null, @"\\server\share"),
            _ => (4, null, "//server/share"),
        };
        byte[] zip = ModelZips.Save(ml, new PixelLoadingTransformer(ml, options), list.Schema);
        StringAssert.Contains(Assert.IsInstanceOfType<FormatException>(ModelZips.LoadFailure(zip)).Message, message);
    }

    [TestMethod]
    public void Pixels_are_bytes_of_height_width_and_three_channels()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView view = Transform(ml, List(ml, folder), Options());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 4, 6, 3), view.Schema["Pixels"].Type);
        Assert.AreEqual(Count, view.GetRowCount());
        byte[][] pixels = TestImages.Pixels(view);
        for (int i = 0; i < Count; i++)
        {
            CollectionAssert.AreEqual(Enumerable.Repeat(Color(i), 24).SelectMany(pixel => pixel).ToArray(), pixels[i], $"image {i}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(16)]
    public void Rows_come_in_order_with_what_stands_beside_them_whatever_the_number_of_threads(int workers)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        PixelLoadingOptions options = Options();
        options.Workers = workers;
        IDataView view = Transform(ml, List(ml, folder), options);
        List<object[]> rows = EstimatorConformance.ReadRows(view);
        Assert.HasCount(Count, rows);
        for (int i = 0; i < Count; i++)
        {
            Assert.AreEqual(folder[$"{i:000}.png"], $"{rows[i][0]}");
            Assert.AreEqual($"class {i}", $"{rows[i][1]}");
        }

        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, new Random(3));
        ValueGetter<ReadOnlyMemory<char>> label = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Label"]);
        ValueGetter<VBuffer<byte>> pixels = cursor.GetGetter<VBuffer<byte>>(view.Schema["Pixels"]);
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        var labels = new List<int>();
        var ids = new HashSet<DataViewRowId>();
        while (cursor.MoveNext())
        {
            (ReadOnlyMemory<char> text, VBuffer<byte> value, DataViewRowId row) = (default, default, default);
            label(ref text);
            pixels(ref value);
            id(ref row);
            ids.Add(row);
            labels.Add(int.Parse(text.Span[6..], System.Globalization.CultureInfo.InvariantCulture));
            CollectionAssert.AreEqual(Color(labels[^1]), value.GetValues()[..3].ToArray());
        }

        CollectionAssert.AreNotEqual(Enumerable.Range(0, Count).ToArray(), labels);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, Count).ToArray(), labels);
        Assert.HasCount(Count, ids);
    }

    [TestMethod]
    public void Pixels_that_are_not_asked_for_cost_nothing()
    {
        var ml = new MLContext(seed: 1);
        TestView paths = new TestView(5)
            .With("ImagePath", TextDataViewType.Instance, (long row, ref ReadOnlyMemory<char> value) => throw new InvalidOperationException("Nobody wants paths."))
            .WithNumber("Number", row => row);
        IDataView view = Transform(ml, paths, Options());
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3, 4 }, view.GetColumn<float>("Number").ToArray());
        CollectionAssert.AreEqual(new[] { "Number" }, paths.ActiveColumns.ToArray());
    }

    [TestMethod]
    public void A_reader_that_stops_early_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        string path = folder["image.png"];
        File.WriteAllBytes(path, Image(1));
        TestView paths = new TestView(100_000)
            .With("ImagePath", TextDataViewType.Instance, (long _, ref ReadOnlyMemory<char> value) => value = path.AsMemory());
        IDataView view = Transform(ml, paths, Options());
        using (DataViewRowCursor cursor = view.GetRowCursor(view.Schema))
        {
            Assert.IsTrue(cursor.MoveNext() && cursor.MoveNext());
        }

        Assert.AreEqual(0, paths.OpenCursors);
        Assert.IsLessThan(1000, paths.RowsRead, "no further ahead than memory allows");
        // Nobody decodes any more: the file can be deleted on any system, and stays deleted.
        File.Delete(path);
        Assert.IsFalse(File.Exists(path));
    }

    [TestMethod]
    public void An_error_comes_at_its_row_and_not_before()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView view = Transform(ml, List(ml, folder), Options());
        File.Delete(folder["040.png"]);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        for (int i = 0; i < 40; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
        }

        ImageLoadException error = Assert.ThrowsExactly<ImageLoadException>(() => cursor.MoveNext());
        Assert.AreEqual($"'{folder["040.png"]}'", error.Image);

        TestView failing = new TestView(9)
            .With("ImagePath", TextDataViewType.Instance, (long _, ref ReadOnlyMemory<char> value) => value = folder["001.png"].AsMemory());
        failing.BeforeRow = row => _ = row == 6 ? throw new IOException("The disk is gone.") : row;
        IDataView failingPixels = Transform(ml, failing, Options());
        using DataViewRowCursor broken = failingPixels.GetRowCursor(failingPixels.Schema);
        for (int i = 0; i < 6; i++)
        {
            Assert.IsTrue(broken.MoveNext());
        }

        Assert.AreEqual("The disk is gone.", Assert.ThrowsExactly<IOException>(() => broken.MoveNext()).Message);
    }

    [TestMethod]
    public void Execution_can_be_cancelled()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView view = Transform(ml, List(ml, folder), Options());
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Assert.IsTrue(cursor.MoveNext());
        Interop.HostEnvironmentsTests.Cancel(ml);
        Assert.ThrowsExactly<OperationCanceledException>(() => cursor.MoveNext());
    }

    [TestMethod]
    public void A_prediction_engine_takes_paths_files_and_images()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        File.WriteAllBytes(folder["0.png"], Image(9));
        IDataView paths = ml.Data.LoadFromEnumerable([new WithPath()]);
        PixelLoadingOptions options = Options();
        options.ImageFolder = folder[""];
        options.Errors = ImageErrors.Skip;
        using PredictionEngine<WithPath, Loaded> engine = ml.Model.CreatePredictionEngine<WithPath, Loaded>(ml.Transforms.LoadPixels(options).Fit(paths));
        CollectionAssert.AreEqual(Color(9), engine.Predict(new WithPath { ImagePath = "0.png" }).Pixels[..3]);
        // It owes an answer for each row, so that it cannot leave one out.
        Assert.ThrowsExactly<ImageLoadException>(() => engine.Predict(new WithPath { ImagePath = "1.png" }));
        CollectionAssert.AreEqual(Color(9), engine.Predict(new WithPath { ImagePath = "0.png" }).Pixels[..3]);

        IDataView files = ml.Data.LoadFromEnumerable([new TestImages.Encoded()]);
        using PredictionEngine<TestImages.Encoded, Loaded> fromMemory =
            ml.Model.CreatePredictionEngine<TestImages.Encoded, Loaded>(ml.Transforms.LoadPixels("Pixels", 4, 6, "File").Fit(files));
        CollectionAssert.AreEqual(Color(7), fromMemory.Predict(new TestImages.Encoded { File = Image(7) }).Pixels[..3]);

        IDataView images = ml.Data.LoadFromEnumerable([new WithImage()]);
        using PredictionEngine<WithImage, Loaded> fromImage =
            ml.Model.CreatePredictionEngine<WithImage, Loaded>(ml.Transforms.LoadPixels("Pixels", 4, 6, "Image").Fit(images));
        using var stream = new MemoryStream(Image(5));
        using MLImage image = MLImage.CreateFromStream(stream);
        CollectionAssert.AreEqual(Color(5), fromImage.Predict(new WithImage { Image = image }).Pixels[..3]);
        Assert.AreEqual("it is null", Assert.ThrowsExactly<ImageLoadException>(() => fromImage.Predict(new WithImage())).Reason);
    }

    /// <summary>ML.NET's own loading in front: the same pixels, with transparency too, whether the images are asked for besides or not.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Images_of_MLNET_give_the_pixels_of_their_files(bool asksForImages)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        for (int i = 0; i < 30; i++)
        {
            File.WriteAllBytes(folder[$"{i}.png"], TestImages.Encode(31, 17, (x, y) => new SKColor((byte)(x * 8), (byte)(y * 15), (byte)(i * 8), (byte)(255 - (x * y)))));
        }

        IDataView list = ml.Data.LoadImageList(Enumerable.Range(0, 30).Select(i => (folder[$"{i}.png"], "x")));
        IDataView view = ml.Transforms.LoadPixels("FromPath", 8, 9, "ImagePath")
            .Append(ml.Transforms.LoadImages("Image", "", "ImagePath"))
            .Append(ml.Transforms.LoadPixels("FromImage", 8, 9, "Image")).Fit(list).Transform(list);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema.Where(column => column.Name.StartsWith("From", StringComparison.Ordinal) || (asksForImages && column.Name == "Image")));
        ValueGetter<VBuffer<byte>> fromPath = cursor.GetGetter<VBuffer<byte>>(view.Schema["FromPath"]), fromImage = cursor.GetGetter<VBuffer<byte>>(view.Schema["FromImage"]);
        ValueGetter<MLImage>? image = asksForImages ? cursor.GetGetter<MLImage>(view.Schema["Image"]) : null;
        (VBuffer<byte> a, VBuffer<byte> b) = (default, default);
        MLImage current = null!;
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            fromPath(ref a);
            fromImage(ref b);
            image?.Invoke(ref current);
            TestImages.AssertNear(a.DenseValues().ToArray(), b.DenseValues().ToArray(), tolerance: 2);
            Assert.IsTrue(!asksForImages || current.Width == 31);
        }

        Assert.AreEqual(30, rows);
    }

    [TestMethod]
    public void Settings_survive_saving()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var options = new PixelLoadingOptions
        {
            OutputColumnName = "P",
            InputColumnName = "ImagePath",
            ImageHeight = 3,
            ImageWidth = 5,
            Fit = ImageFit.Crop,
            Interpolation = ImageInterpolation.Bicubic,
            CropFraction = 0.75f,
            Background = System.Drawing.Color.FromArgb(1, 2, 3),
            PadColor = System.Drawing.Color.FromArgb(4, 5, 6),
            ImageFolder = "somewhere",
            Errors = ImageErrors.Skip,
            MaxPixels = 12345,
            MaxFileBytes = 54321,
            DecodeAtReducedScale = false,
            Workers = 7,
        };
        IDataView data = List(ml, folder);
        ITransformer model = EstimatorConformance.SaveAndLoad(ml, ml.Transforms.LoadPixels(options).Fit(data), data.Schema, out _);
        PixelLoadingOptions loaded = ((PixelLoadingTransformer)model).Options;
        foreach (System.Reflection.PropertyInfo property in typeof(PixelLoadingOptions).GetProperties())
        {
            object? expected = property.GetValue(options);
            Assert.AreEqual(expected is System.Drawing.Color color ? System.Drawing.Color.FromArgb(color.ToArgb()) : expected, property.GetValue(loaded), property.Name);
        }
    }

    [TestMethod]
    public void Settings_that_cannot_be_are_refused_at_once()
    {
        TransformsCatalog transforms = new MLContext().Transforms;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transforms.LoadPixels("Pixels", 0, 8));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transforms.LoadPixels(new PixelLoadingOptions { Workers = 0 }));
        foreach (float fraction in new[] { 0, -1, 1.5f, float.NaN })
        {
            Assert.Contains("CropFraction", Assert.ThrowsExactly<ArgumentException>(() => transforms.LoadPixels(new PixelLoadingOptions { CropFraction = fraction })).Message);
        }

        Assert.Contains(
            "only ImageFit.Crop",
            Assert.ThrowsExactly<ArgumentException>(() => transforms.LoadPixels(new PixelLoadingOptions { CropFraction = 0.9f, Fit = ImageFit.Pad })).Message);
    }

    /// <summary>What the core's readers of several threads make of our single cursor.</summary>
    [TestMethod]
    public void Training_reads_the_pixels_in_order()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView list = ml.Data.LoadFromEnumerable(Enumerable.Range(0, Count).Select(i => new Labeled { ImagePath = Write(folder, i), Label = i }));
        PixelLoadingOptions options = Options();
        (options.ImageHeight, options.ImageWidth) = (20, 20);
        IDataView view = Transform(ml, list, options);
        ExampleLayout layout = new ExampleLayout(
            [new InputColumn("Pixels", new Shape(20, 20, 3))], new LabelColumn("Label", LabelEncoding.Number, IsKey: false), null).Pack(view.Schema);
        using var reader = new ExampleReader(view, layout, MissingValues.Error);
        var batch = new Batch(layout, Count);
        while (reader.MoveNext())
        {
            batch.Add(reader.Row);
        }

        Assert.AreEqual(Count, batch.Count);
        for (int i = 0; i < Count; i++)
        {
            Assert.AreEqual(i, batch.Labels[0].Span[i]);
            CollectionAssert.AreEqual(Color(i).Select(value => (float)value).ToArray(), batch.Inputs[0].Span.Slice((i + 1) * 1200 - 3, 3).ToArray());
        }
    }

    private static PixelLoadingOptions Options() => new() { InputColumnName = "ImagePath", ImageHeight = 4, ImageWidth = 6 };

    private static IDataView Transform(MLContext ml, IDataView data, PixelLoadingOptions options) => ml.Transforms.LoadPixels(options).Fit(data).Transform(data);

    private static IDataView List(MLContext ml, TemporaryFolder folder) =>
        ml.Data.LoadImageList([.. Enumerable.Range(0, Count).Select(i => (Write(folder, i), $"class {i}"))]);

    private static string Write(TemporaryFolder folder, int number)
    {
        string path = folder[$"{number:000}.png"];
        File.WriteAllBytes(path, Image(number));
        return path;
    }

    /// <summary>Some take longer than others to decode.</summary>
    private static byte[] Image(int number)
    {
        byte[] color = Color(number);
        int size = number % 7 == 0 ? 150 : 10;
        return TestImages.Solid(size, size, new SKColor(color[0], color[1], color[2]));
    }

    private static byte[] Color(int number) => [(byte)(3 * number), (byte)(255 - number), (byte)(number * number)];

    private sealed class WithPath
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Labeled
    {
        public string ImagePath { get; set; } = "";

        public float Label { get; set; }
    }

    private sealed class WithImage
    {
        [Microsoft.ML.Transforms.Image.ImageType(10, 10)]
        public MLImage Image { get; set; } = null!;
    }

    private sealed class Loaded
    {
        public byte[] Pixels { get; set; } = [];
    }

    private sealed class Number
    {
        public float ImagePath { get; set; }
    }
}
