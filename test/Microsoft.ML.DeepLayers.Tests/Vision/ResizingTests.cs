using CsCheck;
using DeepLayers.Rendered;
using Microsoft.ML.DeepLayers.Images;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Images are resized as Pillow and torchvision do it, of whose results the fixtures are.</summary>
[TestClass]
public sealed class ResizingTests
{
    [TestMethod]
    [DataRow(ImageFit.Stretch, 9, 7, 1f)]
    [DataRow(ImageFit.Stretch, 40, 30, 1f)]
    [DataRow(ImageFit.Pad, 12, 16, 1f)]
    [DataRow(ImageFit.Crop, 14, 14, 0.875f)]
    [DataRow(ImageFit.Crop, 21, 28, 1f)]
    public void Pixels_are_those_of_Pillow_and_torchvision(ImageFit fit, int width, int height, float cropFraction)
    {
        foreach (ImageInterpolation interpolation in Enum.GetValues<ImageInterpolation>())
        {
            string fixture = $"{fit}-{interpolation}-{width}x{height}.bin".ToLowerInvariant();
            byte[] actual = TestImages.Load(TestImages.Pattern(37, 23), new PixelLoadingOptions
            {
                ImageWidth = width,
                ImageHeight = height,
                Fit = fit,
                Interpolation = interpolation,
                CropFraction = cropFraction,
            });
            TestImages.AssertNear(TestImages.Fixture(fixture), actual, tolerance: 1, fixture);
        }
    }

    [TestMethod]
    public void An_image_of_the_size_asked_for_stays_as_it_is()
    {
        byte[] expected = new byte[37 * 23 * 3];
        for (int i = 0; i < 37 * 23; i++)
        {
            (int x, int y) = (i % 37, i / 37);
            (expected[3 * i], expected[(3 * i) + 1], expected[(3 * i) + 2]) = ((byte)((x * x * 3) + (y * 29)), (byte)((x * 17) ^ (y * 11)), (byte)((x * y * 5) + (x * 31)));
        }

        foreach (ImageInterpolation interpolation in Enum.GetValues<ImageInterpolation>())
        {
            foreach (ImageFit fit in Enum.GetValues<ImageFit>())
            {
                byte[] actual = TestImages.Load(
                    TestImages.Pattern(37, 23), new PixelLoadingOptions { ImageWidth = 37, ImageHeight = 23, Fit = fit, Interpolation = interpolation });
                CollectionAssert.AreEqual(expected, actual, $"{fit}, {interpolation}");
            }
        }
    }

    /// <summary>Whatever the sizes, a mean of one color is that color, and no pixel is left out or written twice.</summary>
    [TestMethod]
    public void One_color_stays_one_color_at_any_sizes() => Property.Holds(
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 90], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Enum<ImageFit>(), Gen.Enum<ImageInterpolation>()),
        example =>
        {
            (int width, int height, int toWidth, int toHeight, ImageFit fit, ImageInterpolation interpolation) = example;
            var color = new SKColor(200, 17, 99);
            byte[] pixels = TestImages.Load(
                TestImages.Solid(width, height, color),
                new PixelLoadingOptions
                {
                    ImageWidth = toWidth,
                    ImageHeight = toHeight,
                    Fit = fit,
                    Interpolation = interpolation,
                    PadColor = System.Drawing.Color.FromArgb(200, 17, 99),
                });
            TestImages.AssertNear([.. Enumerable.Repeat(new byte[] { 200, 17, 99 }, toWidth * toHeight).SelectMany(pixel => pixel)], pixels, tolerance: 0);
        },
        200);

    [TestMethod]
    public void What_is_padded_has_the_color_asked_for_and_the_image_is_in_the_middle()
    {
        byte[] pixels = TestImages.Load(TestImages.Solid(20, 10, SKColors.White), new PixelLoadingOptions
        {
            ImageWidth = 8,
            ImageHeight = 8,
            Fit = ImageFit.Pad,
            PadColor = System.Drawing.Color.FromArgb(1, 2, 3),
        });
        for (int y = 0; y < 8; y++)
        {
            Assert.AreEqual(y is < 2 or > 5 ? ((byte)1, (byte)2, (byte)3) : ((byte)255, (byte)255, (byte)255), TestImages.At(pixels, 8, 5, y), $"row {y}");
        }
    }

    /// <summary>Photographs are decoded at half their size, or less, if that is enough; that is hardly to be seen.</summary>
    [TestMethod]
    public void A_large_photograph_at_reduced_scale_is_nearly_the_same()
    {
        byte[] photograph = Photograph(640, 480);
        var options = new PixelLoadingOptions { ImageWidth = 60, ImageHeight = 50 };
        byte[] reduced = TestImages.Load(photograph, options);
        options.DecodeAtReducedScale = false;
        byte[] whole = TestImages.Load(photograph, options);
        Assert.IsFalse(reduced.SequenceEqual(whole), "else nothing was tried");
        double difference = reduced.Zip(whole, (a, b) => Math.Abs(a - b)).Average();
        Assert.IsLessThan(2, difference);
        TestImages.AssertNear(whole, reduced, tolerance: 24);
    }

    [TestMethod]
    public void What_is_cut_out_of_a_long_image_is_its_middle_and_takes_no_memory_for_the_rest()
    {
        byte[] line = TestImages.Encode(4000, 2, (x, _) => x is >= 1999 and <= 2000 ? SKColors.Red : SKColors.Blue);
        byte[] pixels = TestImages.Load(line, new PixelLoadingOptions { ImageWidth = 2, ImageHeight = 2 });
        CollectionAssert.AreEqual(Enumerable.Repeat(new byte[] { 255, 0, 0 }, 4).SelectMany(pixel => pixel).ToArray(), pixels);

        ImagePlacement placement = ImagePlacement.Of(new PixelLoadingOptions(), 1, 200_000);
        Assert.AreEqual((224L * 200_000, 224), (placement.Horizontal.Resized, placement.Horizontal.Count));
    }

    [TestMethod]
    public void The_recipe_of_published_weights_is_shorter_side_256_and_224_of_it()
    {
        ImagePlacement placement = ImagePlacement.Of(new PixelLoadingOptions { CropFraction = 0.875f }, 480, 640);
        Assert.AreEqual(new SidePlacement(256, 16, 224, 0), placement.Vertical);
        Assert.AreEqual(new SidePlacement(341, 58, 224, 0), placement.Horizontal);
        Assert.AreEqual(280, ImagePlacement.Of(new PixelLoadingOptions { CropFraction = 0.8f }, 100, 100).Vertical.Resized);
    }

    private static byte[] Photograph(int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        RenderedImages.Draw(bitmap, new RenderedScenes(), 0, new Random(1));
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }
}
