using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>What is out of the ordinary is decoded by the rules of <see cref="PixelLoadingOptions"/>.</summary>
[TestClass]
public sealed class ImageDecodingTests
{
    /// <summary>Where the corner that is red in the file, at the top left, is to be seen, and where the green one, at the top right.</summary>
    [TestMethod]
    [DataRow((byte)1, "top left", "top right")]
    [DataRow((byte)2, "top right", "top left")]
    [DataRow((byte)3, "bottom right", "bottom left")]
    [DataRow((byte)4, "bottom left", "bottom right")]
    [DataRow((byte)5, "top left", "bottom left")]
    [DataRow((byte)6, "top right", "bottom right")]
    [DataRow((byte)7, "bottom right", "top right")]
    [DataRow((byte)8, "bottom left", "top left")]
    public void Orientation_is_applied(byte orientation, string red, string green)
    {
        const int Width = 48, Height = 32;
        byte[] jpeg = TestImages.Encode(
            Width, Height,
            (x, y) => (x < Width / 2, y < Height / 2) switch
            {
                (true, true) => SKColors.Red,
                (false, true) => SKColors.Lime,
                _ => SKColors.Blue,
            },
            SKEncodedImageFormat.Jpeg);
        (int width, int height) = orientation < 5 ? (Width, Height) : (Height, Width);
        byte[] pixels = TestImages.Load(TestImages.WithOrientation(jpeg, orientation), width, height);
        (byte Red, byte Green, byte Blue) Corner(string name) => TestImages.At(
            pixels, width, name.EndsWith("left", StringComparison.Ordinal) ? 4 : width - 5, name.StartsWith("top", StringComparison.Ordinal) ? 4 : height - 5);

        Assert.IsTrue(Corner(red) is { Red: > 200, Green: < 60, Blue: < 60 }, $"red: {Corner(red)}");
        Assert.IsTrue(Corner(green) is { Red: < 60, Green: > 200, Blue: < 60 }, $"green: {Corner(green)}");
    }

    [TestMethod]
    public void Orientation_of_WebP_files_is_applied()
    {
        byte[] pixels = TestImages.Load(TestImages.Fixture("turned.webp"), 10, 20);
        Assert.AreEqual(((byte)255, (byte)0, (byte)0), TestImages.At(pixels, 10, 5, 4));
        Assert.AreEqual(((byte)0, (byte)0, (byte)255), TestImages.At(pixels, 10, 5, 15));
    }

    /// <summary>The proportions that count are those of the image as it is seen.</summary>
    [TestMethod]
    public void An_image_that_is_turned_is_fitted_as_it_is_seen()
    {
        byte[] jpeg = TestImages.Solid(64, 32, SKColors.White, SKEncodedImageFormat.Jpeg);
        byte[] pixels = TestImages.Load(
            TestImages.WithOrientation(jpeg, 6), new PixelLoadingOptions { ImageWidth = 16, ImageHeight = 16, Fit = ImageFit.Pad });
        Assert.AreEqual((byte)255, TestImages.At(pixels, 16, 8, 0).Red);
        Assert.AreEqual((byte)0, TestImages.At(pixels, 16, 0, 8).Red);
    }

    [TestMethod]
    public void Transparent_pixels_are_laid_over_the_background()
    {
        byte[] png = TestImages.Encode(2, 1, (x, _) => x == 0 ? new SKColor(255, 0, 0, 0) : new SKColor(0, 0, 200, 128));
        CollectionAssert.AreEqual(new byte[] { 255, 255, 255, 127, 127, 227 }, TestImages.Load(png, 2, 1));
        byte[] over = TestImages.Load(png, new PixelLoadingOptions
        {
            ImageWidth = 2,
            ImageHeight = 1,
            Background = System.Drawing.Color.FromArgb(10, 20, 30),
        });
        CollectionAssert.AreEqual(new byte[] { 10, 20, 30, 5, 10, 115 }, over);
    }

    [TestMethod]
    public void Palettes_are_resolved_and_their_transparent_color_is_background() =>
        CollectionAssert.AreEqual(
            new byte[] { 10, 20, 30, 200, 100, 50, 255, 255, 255, 10, 20, 30, 200, 100, 50, 200, 100, 50, 200, 100, 50, 200, 100, 50 },
            TestImages.Load(TestImages.Fixture("palette.png"), 4, 2));

    [TestMethod]
    public void Sixteen_bits_become_eight()
    {
        byte[] grey = TestImages.Load(TestImages.Fixture("grey16.png"), 4, 2);
        byte[] expected = [.. Enumerable.Range(0, 8).SelectMany(step => Enumerable.Repeat((byte)Math.Round(step * 8000 / 257.0), 3))];
        TestImages.AssertNear(expected, grey, tolerance: 1);

        byte[] colors = TestImages.Png(1, 1, 16, 2, [0, 0x12, 0x34, 0xAB, 0xCD, 0xFF, 0xFF]);
        TestImages.AssertNear([0x12, 0xAC, 0xFF], TestImages.Load(colors, 1, 1), tolerance: 1);
    }

    [TestMethod]
    public void Greyscale_has_three_equal_channels()
    {
        byte[] pixels = TestImages.Load(TestImages.Fixture("grey.jpg"), 8, 8);
        for (int i = 0; i < 64; i++)
        {
            (byte red, byte green, byte blue) = TestImages.At(pixels, 8, i % 8, i / 8);
            Assert.AreEqual((red, red), (green, blue));
            Assert.AreEqual(4 * i, red, 3);
        }
    }

    /// <summary>The colors are (255 - c)(255 - k) / 255, as Pillow has them.</summary>
    [TestMethod]
    public void Cmyk_becomes_red_green_and_blue()
    {
        byte[] pixels = TestImages.Load(TestImages.Fixture("cmyk.jpg"), 16, 16);
        byte[] found = [.. new[] { (3, 3), (12, 3), (3, 12), (12, 12) }.SelectMany(at =>
        {
            (byte red, byte green, byte blue) = TestImages.At(pixels, 16, at.Item1, at.Item2);
            return new[] { red, green, blue };
        })];
        TestImages.AssertNear([255, 255, 255, 0, 255, 255, 255, 55, 155, 131, 106, 82], found, tolerance: 4);
    }

    [TestMethod]
    [DataRow("animated.gif")]
    [DataRow("animated.webp")]
    public void Of_an_animation_the_first_picture_counts(string fixture) => TestImages.AssertNear(
        [.. Enumerable.Repeat(new byte[] { 200, 30, 40 }, 24).SelectMany(pixel => pixel)], TestImages.Load(TestImages.Fixture(fixture), 6, 4), tolerance: 1);

    [TestMethod]
    public void Progressive_files_are_decoded_as_Pillow_does() =>
        TestImages.AssertNear(TestImages.Fixture("progressive.bin"), TestImages.Load(TestImages.Fixture("progressive.jpg"), 24, 16), tolerance: 2);

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, 0)]
    [DataRow(SKEncodedImageFormat.Webp, 0)]
    [DataRow(SKEncodedImageFormat.Jpeg, 12)]
    public void Each_format_gives_back_what_was_written(SKEncodedImageFormat format, int tolerance)
    {
        byte[] file = TestImages.Solid(9, 5, new SKColor(30, 140, 250), format);
        TestImages.AssertNear([.. Enumerable.Repeat(new byte[] { 30, 140, 250 }, 45).SelectMany(pixel => pixel)], TestImages.Load(file, 9, 5), tolerance);
    }

    /// <summary>A BMP file by hand: rows from the bottom up, blue first, each row filled up to four bytes.</summary>
    [TestMethod]
    public void Bitmaps_are_decoded()
    {
        byte[] bmp =
        [
            .. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
            40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            1, 2, 3, 4, 5, 6, 0, 0,
            7, 8, 9, 10, 11, 12, 0, 0,
        ];
        CollectionAssert.AreEqual(new byte[] { 9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4 }, TestImages.Load(bmp, 2, 2));
    }
}
