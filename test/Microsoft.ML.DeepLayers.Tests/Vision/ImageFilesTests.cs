using Microsoft.ML.Data;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Files as pictures to draw on.</summary>
[TestClass]
public sealed class ImageFilesTests
{
    [TestMethod]
    [DataRow("grey16.png")]
    [DataRow("cmyk.jpg")]
    [DataRow("palette.png")]
    [DataRow("turned.webp")]
    [DataRow("animated.gif")]
    public void A_picture_has_the_pixels_that_networks_read(string name)
    {
        byte[] file = TestImages.Fixture(name);
        using MLImage picture = ImageFiles.Decode(file);
        CollectionAssert.AreEqual(TestImages.Load(file, picture.Width, picture.Height), Colors(picture));
    }

    [TestMethod]
    public void A_turned_photograph_stands_upright_in_its_own_size_or_a_smaller_one()
    {
        byte[] jpeg = TestImages.WithOrientation(TestImages.Encode(60, 30, (x, _) => x < 30 ? SKColors.Red : SKColors.Blue, SKEncodedImageFormat.Jpeg), 6);
        using MLImage picture = ImageFiles.Decode(jpeg);
        Assert.AreEqual((30, 60), (picture.Width, picture.Height));
        Assert.AreEqual((254, 0), (Colors(picture)[0], Colors(picture)[2]));
        using MLImage smaller = ImageFiles.Decode(jpeg, maxSide: 20);
        Assert.AreEqual((10, 20), (smaller.Width, smaller.Height));
        CollectionAssert.AreEqual(TestImages.Load(jpeg, new PixelLoadingOptions { ImageWidth = 10, ImageHeight = 20, Fit = ImageFit.Stretch }), Colors(smaller));
        using MLImage line = ImageFiles.Decode(TestImages.Solid(1000, 2, SKColors.Red), maxSide: 100);
        Assert.AreEqual((100, 1), (line.Width, line.Height));
    }

    [TestMethod]
    public void Transparent_pixels_are_laid_over_the_background()
    {
        byte[] png = TestImages.Solid(2, 2, new SKColor(255, 0, 0, 0));
        using MLImage picture = ImageFiles.Decode(png, options: new PixelLoadingOptions { Background = System.Drawing.Color.Lime });
        CollectionAssert.AreEqual(new byte[] { 0, 255, 0, 255 }, picture.Pixels[..4].ToArray());
    }

    [TestMethod]
    public void What_cannot_be_decoded_says_so_to_people_and_programs()
    {
        byte[] png = TestImages.Pattern(24, 16);
        Fails([], ImageDefect.Empty, "the file is empty");
        Fails("This is no image."u8.ToArray(), ImageDefect.UnknownFormat, "no known format");
        Fails(png[..(png.Length / 2)], ImageDefect.Damaged, "truncated");
        Fails(png[..8], ImageDefect.Damaged, "header");
        Fails(png, ImageDefect.TooLarge, "24 by 16 pixels", new PixelLoadingOptions { MaxPixels = 383 });
        Fails(png, ImageDefect.TooLarge, "bytes", new PixelLoadingOptions { MaxFileBytes = 10 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageFiles.Decode(png, maxSide: 0));

        ImageLoadException missing = Assert.ThrowsExactly<ImageLoadException>(() =>
        {
            var ml = new MLContext();
            IDataView view = ml.Data.LoadImageList([("missing.png", "")]);
            TestImages.Pixels(ml.Transforms.LoadPixels("Pixels", 4, 4, "ImagePath").Fit(view).Transform(view));
        });
        Assert.AreEqual(ImageDefect.Unreadable, missing.Defect);
    }

    private static void Fails(byte[] file, ImageDefect defect, string reason, PixelLoadingOptions? options = null)
    {
        ImageLoadException error = Assert.ThrowsExactly<ImageLoadException>(() => ImageFiles.Decode(file, options: options));
        Assert.AreEqual(defect, error.Defect);
        Assert.Contains(reason, error.Reason);
        Assert.StartsWith("The image from memory cannot be loaded: ", error.Message);
    }

    private static byte[] Colors(MLImage picture) => [.. picture.Pixels.ToArray().Where((_, index) => index % 4 != 3)];
}
