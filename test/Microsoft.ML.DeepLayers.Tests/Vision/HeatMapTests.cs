using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Explain;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Heat maps as tables, in other sizes, and as colors over pictures.</summary>
[TestClass]
public sealed class HeatMapTests
{
    [TestMethod]
    public void Values_can_be_asked_for_one_by_one_and_as_a_table()
    {
        HeatMap map = Map(2, 3, 0, 0.25f, 0.5f, 0.75f, 1, 0);
        Assert.AreEqual(0.75f, map[1, 0]);
        Assert.AreEqual((1, 1), map.Hottest);
        float[,] table = map.ToArray();
        Assert.AreEqual((2, 3), (table.GetLength(0), table.GetLength(1)));
        Assert.AreEqual(0.5f, table[0, 2]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map[2, 0]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => map[0, -1]);
    }

    [TestMethod]
    public void Resizing_takes_pixels_as_squares()
    {
        // torch.nn.functional.interpolate(..., mode='bilinear', align_corners=False) of [[0, 1], [0.5, 0]] to 3 x 4.
        double[] torch = [0, 0.25, 0.75, 1, 0.25, 0.3125, 0.4375, 0.5, 0.5, 0.375, 0.125, 0];
        HeatMap large = Map(2, 2, 0, 1, 0.5f, 0).Resize(3, 4);
        Assert.AreEqual((3, 4), (large.Height, large.Width));
        CollectionAssert.AreEqual(torch, large.Values.ToArray().Select(value => (double)value).ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => large.Resize(0, 1));
    }

    /// <summary>Colors as the tables of matplotlib have them, at the ends and in the middle.</summary>
    [TestMethod]
    [DataRow(HeatMapColors.Turbo, 0f, 48, 18, 59)]
    [DataRow(HeatMapColors.Turbo, 0.5f, 164, 252, 60)]
    [DataRow(HeatMapColors.Turbo, 1f, 122, 4, 3)]
    [DataRow(HeatMapColors.Viridis, 0f, 68, 1, 84)]
    [DataRow(HeatMapColors.Viridis, 0.5f, 33, 145, 140)]
    [DataRow(HeatMapColors.Viridis, 1f, 253, 231, 37)]
    [DataRow(HeatMapColors.Inferno, 0f, 0, 0, 4)]
    [DataRow(HeatMapColors.Inferno, 0.5f, 188, 55, 84)]
    [DataRow(HeatMapColors.Inferno, 1f, 252, 255, 164)]
    public void Colors_are_the_published_ones(HeatMapColors colors, float value, int red, int green, int blue)
    {
        (float r, float g, float b) = ColorScale.Of(colors, value);
        // Our tables have ten or sixteen colors of 256.
        Assert.AreEqual(red, r, 6);
        Assert.AreEqual(green, g, 6);
        Assert.AreEqual(blue, b, 6);
    }

    [TestMethod]
    [DataRow(MLPixelFormat.Rgba32)]
    [DataRow(MLPixelFormat.Bgra32)]
    public void A_hot_pixel_is_covered_by_its_color_and_a_cold_one_stays(MLPixelFormat format)
    {
        using MLImage picture = MLImage.CreateFromPixels(2, 1, format, [10, 20, 30, 255, 40, 50, 60, 255]);
        using MLImage overlay = Map(1, 2, 0, 1).Overlay(picture, new OverlayOptions { Opacity = 0.5f });
        Assert.AreEqual(format, overlay.PixelFormat);
        (float r, float g, float b) = ColorScale.Of(HeatMapColors.Turbo, 1);
        (float first, float third) = format == MLPixelFormat.Rgba32 ? (r, b) : (b, r);
        byte[] expected = [10, 20, 30, 255, Mean(40, first), Mean(50, g), Mean(60, third), 255];
        CollectionAssert.AreEqual(expected, overlay.Pixels.ToArray());

        static byte Mean(int pixel, float color) => (byte)MathF.Round((pixel + color) / 2);
    }

    [TestMethod]
    [DataRow(ImageFit.Crop, 1f, "..XXXX..|..XXXX..|..XXXX..|..XXXX..")]
    [DataRow(ImageFit.Crop, 0.5f, "........|...XX...|...XX...|........")]
    [DataRow(ImageFit.Stretch, 1f, "XXXXXXXX|XXXXXXXX|XXXXXXXX|XXXXXXXX")]
    [DataRow(ImageFit.Pad, 1f, "XXXXXXXX|XXXXXXXX|XXXXXXXX|XXXXXXXX")]
    public void A_map_lies_over_what_the_network_saw(ImageFit fit, float fraction, string expected)
    {
        using MLImage picture = MLImage.CreateFromPixels(8, 4, MLPixelFormat.Rgba32, new byte[128]);
        using MLImage overlay = Map(4, 4, [.. Enumerable.Repeat(1f, 16)]).Overlay(picture, new OverlayOptions { Fit = fit, CropFraction = fraction });
        Assert.AreEqual(expected, string.Join('|', overlay.Pixels.ToArray().Chunk(32).Select(row => string.Concat(row.Chunk(4).Select(pixel => pixel[0] != 0 ? 'X' : '.')))));
    }

    [TestMethod]
    public void Of_padded_pictures_the_map_of_the_padding_is_left_out()
    {
        // A picture twice as wide as high lies in the middle two of four rows.
        using MLImage picture = MLImage.CreateFromPixels(4, 2, MLPixelFormat.Rgba32, new byte[32]);
        HeatMap map = Map(4, 4, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1);
        using MLImage overlay = map.Overlay(picture, new OverlayOptions { Fit = ImageFit.Pad });
        CollectionAssert.AreEqual(new[] { 4 }, overlay.Pixels.ToArray().Chunk(4).Index().Where(pixel => pixel.Item[0] != 0).Select(pixel => pixel.Index).ToArray());
    }

    [TestMethod]
    public void A_png_reads_back_as_the_overlay()
    {
        using MLImage picture = MLImage.CreateFromPixels(2, 2, MLPixelFormat.Bgra32, [1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 250, 251, 252, 255]);
        HeatMap map = Map(2, 2, 0, 0.5f, 1, 0);
        byte[] png = map.OverlayPng(picture);
        CollectionAssert.AreEqual(new byte[] { 0x89, 0x50, 0x4E, 0x47 }, png[..4]);
        using var stream = new MemoryStream(png);
        using MLImage read = MLImage.CreateFromStream(stream);
        using MLImage overlay = map.Overlay(picture);
        CollectionAssert.AreEqual(Rgb(overlay), Rgb(read));

        static byte[] Rgb(MLImage image) => [.. image.Pixels.ToArray().Chunk(4).SelectMany(pixel =>
            image.PixelFormat == MLPixelFormat.Bgra32 ? new[] { pixel[2], pixel[1], pixel[0] } : [pixel[0], pixel[1], pixel[2]])];
    }

    [TestMethod]
    public void Wrong_options_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OverlayOptions { Opacity = 1.5f });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OverlayOptions { Colors = (HeatMapColors)9 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OverlayOptions { Fit = (ImageFit)9 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new OverlayOptions { CropFraction = 0 });
    }

    private static HeatMap Map(int height, int width, params float[] values) => new(height, width, values, 1, 0, null, 1);
}
