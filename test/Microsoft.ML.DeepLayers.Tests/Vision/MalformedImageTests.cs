using CsCheck;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>No file, whatever is in it, crashes or hangs the process, and each that cannot be loaded says why.</summary>
[TestClass]
public sealed class MalformedImageTests
{
    private static readonly PixelLoadingOptions Small = new() { ImageWidth = 8, ImageHeight = 8 };

    public static IEnumerable<object[]> Files()
    {
        byte[] jpeg = TestImages.Pattern(24, 16, SKEncodedImageFormat.Jpeg), png = TestImages.Pattern(24, 16), webp = TestImages.Pattern(24, 16, SKEncodedImageFormat.Webp);
        byte[] gif = TestImages.Fixture("animated.gif");
        byte[] noise = new byte[4000];
        new Random(1).NextBytes(noise);
        yield return ["an empty file", Array.Empty<byte>(), "the file is empty"];
        yield return ["one byte", new byte[] { 0xFF }, "no known format"];
        yield return ["zeros", new byte[1000], "begins with the bytes 0000000000000000"];
        yield return ["noise", noise, "no known format"];
        yield return ["a text", "This is no image."u8.ToArray(), "no known format"];
        yield return ["a page", "<!DOCTYPE html><title>404</title>"u8.ToArray(), "no known format"];
        yield return ["a drawing", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8.ToArray(), "no known format"];
        yield return ["a document", "%PDF-1.7\n"u8.ToArray(), "no known format"];
        yield return ["an icon", new byte[] { 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0 }, "no known format"];
        yield return ["a TIFF", "II*\0\u0008\0\0\0"u8.ToArray(), "no known format"];
        yield return ["the first bytes of a JPEG", jpeg[..3], "its header, of the format JPEG"];
        yield return ["a JPEG without its size", jpeg[..40], "JPEG"];
        yield return ["half a JPEG", jpeg[..(jpeg.Length / 2)], "truncated"];
        yield return ["a JPEG and noise", (byte[])[0xFF, 0xD8, 0xFF, .. noise], "JPEG"];
        yield return ["the signature of a PNG", png[..8], "its header, of the format PNG"];
        yield return ["half a PNG", png[..(png.Length / 2)], "truncated"];
        yield return ["a PNG without rows", TestImages.Png(4, 4, 8, 2, []), ""];
        yield return ["a PNG with too few rows", TestImages.Png(4, 4, 8, 2, new byte[13]), ""];
        yield return ["a PNG of no width", TestImages.Png(0, 4, 8, 2, new byte[4]), "PNG"];
        yield return ["a PNG of negative height", TestImages.Png(4, -4, 8, 2, new byte[52]), "PNG"];
        yield return ["a PNG of no color type", TestImages.Png(4, 4, 8, 5, new byte[52]), "PNG"];
        yield return ["a PNG of impossible filters", TestImages.Png(4, 4, 8, 2, [.. Enumerable.Repeat((byte)9, 52)]), ""];
        yield return ["a bomb", TestImages.Png(30_000, 30_000, 8, 0, new byte[30_001]), "30000 by 30000 pixels, more than the 100,000,000 that are allowed (PixelLoadingOptions.MaxPixels)"];
        yield return ["a bomb of a line", TestImages.Png(900_000, 1, 8, 0, new byte[10]), "900000 by 1 pixels, and no side may have more than 262,144"];
        yield return ["the largest bomb", TestImages.Png(int.MaxValue, int.MaxValue, 16, 6, []), ""];
        yield return ["a GIF without a picture", gif[..13], ""];
        yield return ["half a GIF", gif[..40], ""];
        yield return ["half a WebP", webp[..(webp.Length / 2)], ""];
        yield return ["a WebP without content", webp[..16], "WEBP"];
        yield return ["a BMP without content", "BM\u0001\0\0\0"u8.ToArray(), "BMP"];
        yield return ["a BMP of 40 by minus 2 billion", Bmp(40, int.MinValue), ""];
        yield return ["a BMP without rows", Bmp(40, 40), ""];
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    [Timeout(10_000, CooperativeCancellation = true)]
    public void Each_says_why_it_cannot_be_loaded(string name, byte[] file, string reason)
    {
        ImageLoadException error = Assert.ThrowsExactly<ImageLoadException>(() => TestImages.Load(file, Small), name);
        Assert.Contains(reason, error.Reason);
        Assert.AreEqual("of column 'File' in row 0", error.Image);
        Assert.StartsWith("The image of column 'File' in row 0 cannot be loaded: ", error.Message);
        Assert.Contains("Errors = ImageErrors.Skip", error.Message);
    }

    /// <summary>All of them between images that are good: these come, in order, and the log has the others with their paths.</summary>
    [TestMethod]
    public void They_are_left_out_and_named_in_the_log()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var log = new List<string>();
        ml.Log += (_, message) =>
        {
            if (message.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                log.Add(message.RawMessage);
            }
        };
        var images = new List<(string, string)>();
        int number = 0;
        foreach (object[] file in Files())
        {
            string bad = folder[$"bad{number:00}.jpg"], good = folder[$"good{number:00}.txt"];
            File.WriteAllBytes(bad, (byte[])file[1]);
            File.WriteAllBytes(good, TestImages.Solid(5, 5, new SKColor((byte)number, 0, 0)));
            images.AddRange([(bad, "bad"), (good, $"{number++}")]);
        }

        Directory.CreateDirectory(folder["directory.png"]);
        images.AddRange([(folder["directory.png"], "bad"), (folder["missing.png"], "bad"), (folder[""], "bad"), ("\0", "bad")]);
        var options = new PixelLoadingOptions { InputColumnName = "ImagePath", ImageWidth = 8, ImageHeight = 8, Errors = ImageErrors.Skip };
        IDataView list = ml.Data.LoadFromEnumerable(images.Select(image => new PathOnly { ImagePath = image.Item1, Label = image.Item2 }));
        IDataView view = ml.Transforms.LoadPixels(options).Fit(list).Transform(list);

        string[] expected = [.. Enumerable.Range(0, number).Select(i => $"{i}")];
        Assert.IsNull(view.GetRowCount());
        // Whichever columns are asked for, and however often.
        CollectionAssert.AreEqual(expected, view.GetColumn<string>("Label").ToArray());
        CollectionAssert.AreEqual(expected, TestImages.Pixels(view).Select(pixels => $"{pixels[0]}").ToArray());
        CollectionAssert.AreEqual(expected, view.GetColumn<string>("Label").ToArray());

        Assert.HasCount(21, log, "20 are named, and then all are counted, once");
        Assert.Contains("bad00.jpg", log[0]);
        Assert.Contains("the file is empty. It is left out.", log[0]);
        Assert.AreEqual($"{number + 4} of {(2 * number) + 4} images cannot be loaded and are left out; the first 20 are named above.", log[^1]);
    }

    [TestMethod]
    [DataRow("missing.png", "there is no such file")]
    [DataRow("directory.png", "it is a directory")]
    [DataRow("empty.png", "the file is empty")]
    [DataRow("", "the path is empty")]
    [DataRow("a\0b.png", "")]
    public void Paths_are_named_with_what_is_wrong(string path, string reason)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["directory.png"]);
        File.WriteAllBytes(folder["empty.png"], []);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable([new PathOnly { ImagePath = path }]);
        IDataView view = ml.Transforms.LoadPixels(new PixelLoadingOptions { InputColumnName = "ImagePath", ImageFolder = folder[""] }).Fit(data).Transform(data);
        ImageLoadException error = Assert.ThrowsExactly<ImageLoadException>(() => TestImages.Pixels(view));
        Assert.AreEqual(path.Length == 0 ? "of column 'ImagePath' in row 0" : $"'{folder[path]}'", error.Image);
        Assert.Contains(reason, error.Reason);
    }

    [TestMethod]
    public void Limits_of_bytes_and_pixels_are_kept()
    {
        byte[] png = TestImages.Pattern(24, 16);
        Assert.IsNotNull(TestImages.Load(png, new PixelLoadingOptions { ImageWidth = 8, ImageHeight = 8, MaxPixels = 24 * 16, MaxFileBytes = png.Length }));
        ImageLoadException pixels = Assert.ThrowsExactly<ImageLoadException>(() => TestImages.Load(png, new PixelLoadingOptions { MaxPixels = (24 * 16) - 1 }));
        Assert.AreEqual("it is 24 by 16 pixels, more than the 383 that are allowed (PixelLoadingOptions.MaxPixels)", pixels.Reason);
        ImageLoadException bytes = Assert.ThrowsExactly<ImageLoadException>(() => TestImages.Load(png, new PixelLoadingOptions { MaxFileBytes = 10 }));
        Assert.Contains("more than the 10 that are allowed (PixelLoadingOptions.MaxFileBytes)", bytes.Reason);
    }

    /// <summary>Files of all formats with bits turned over, cut off and run together: pixels or an <see cref="ImageLoadException"/>.</summary>
    [TestMethod]
    public void Damaged_files_are_loaded_or_refused()
    {
        byte[][] files =
        [
            TestImages.Pattern(24, 16, SKEncodedImageFormat.Jpeg), TestImages.Fixture("progressive.jpg"), TestImages.Fixture("cmyk.jpg"),
            TestImages.Pattern(24, 16), TestImages.Fixture("palette.png"), TestImages.Fixture("grey16.png"),
            TestImages.Fixture("animated.gif"), TestImages.Fixture("animated.webp"), TestImages.Pattern(24, 16, SKEncodedImageFormat.Webp), Bmp(4, 4, new byte[64]),
        ];
        int loaded = 0, refused = 0;
        Property.Holds(
            Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 6], Gen.Double[0, 1], Gen.Int).SelectMany(example => Gen.Const(example)),
            example =>
            {
                (int which, int flips, double kept, int seed) = example;
                var random = new Random(seed);
                byte[] file = (byte[])files[which].Clone();
                for (int i = 0; i < flips; i++)
                {
                    file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
                }

                int length = kept < 0.5 ? file.Length : Math.Max(1, (int)(file.Length * kept));
                try
                {
                    Assert.HasCount(8 * 8 * 3, TestImages.Load(file[..length], new PixelLoadingOptions { ImageWidth = 8, ImageHeight = 8, MaxPixels = 1_000_000 }));
                    loaded++;
                }
                catch (ImageLoadException)
                {
                    refused++;
                }
            },
            1500);
        Assert.IsGreaterThan(100, loaded);
        Assert.IsGreaterThan(100, refused);
    }

    private static byte[] Bmp(int width, int height, byte[]? rows = null) =>
    [
        .. "BM"u8, 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, .. BitConverter.GetBytes(width), .. BitConverter.GetBytes(height),
        1, 0, 32, 0, .. new byte[24], .. rows ?? [],
    ];

    private sealed class PathOnly
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
