using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>What augmentations do in training, on images of which each pixel is another number, or one is marked.</summary>
[TestClass]
public sealed class AugmentationTests
{
    /// <summary>Layers that do something to every image or nearly so, for pixels from 0 to 1.</summary>
    public static IEnumerable<ImageLayer[]> Layers =>
    [
        [new RandomFlip()], [new RandomRotation(0.3f)], [new RandomZoom(0.5f)], [new RandomTranslation(0.5f, 0.5f)], [new RandomShear(0.5f, 0.5f)],
        [new RandomCrop(3, 2)], [new RandomBrightness(0.3f, (0f, 1f))], [new RandomContrast(0.5f, (0f, 1f))], [new RandomInvert(valueRange: (0f, 1f))],
        [new RandomGrayscale()], [new RandomColorDegeneration(1, (0f, 1f))], [new RandomHue(1, (0f, 1f))], [new RandomSaturation(1, (0f, 1f))],
        [new RandomSharpness(1, (0f, 1f))], [new RandomErasing(valueRange: (0f, 1f))], [new Solarization(0.5f, 0.5f, (0f, 1f))],
        [new RandomResizedCrop(3, 2)], [new RandomColorJitter(0.3f, 0.5f, 1, 1, (0f, 1f))], [new RandAugment(valueRange: (0f, 1f))], [new AugMix(valueRange: (0f, 1f))],
        [new AutoContrast(valueRange: (0f, 1f))], [new Equalization(valueRange: (0f, 1f))], [new RandomPosterization(1, 8, (0f, 1f))],
        [new RandomGaussianBlur(valueRange: (0f, 1f))], [new RandomPerspective()], [new RandomElasticTransform()],
    ];

    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void The_generator_alone_decides_and_each_image_has_draws_of_its_own(ImageLayer layer)
    {
        // The same image over and over.
        var random = new Random(1);
        double[] image = [.. Enumerable.Range(0, 5 * 4 * 3).Select(_ => (double)(float)(0.1 + (0.8 * random.NextDouble())))];
        Values images = Values.Of([.. Enumerable.Repeat(image, 16).SelectMany(pixels => pixels)], 16, 5, 4, 3);
        using var harness = new LayerHarness([layer], new Shape(5, 4, 3));
        Values first = harness.RunTorch(images, training: true, seed: 1);
        manual_seed(99); // libtorch's own generator, which other code of the process may use at any time.
        CollectionAssert.AreEqual(first.Data, harness.RunTorch(images, training: true, seed: 1).Data);
        CollectionAssert.AreNotEqual(first.Data, harness.RunTorch(images, training: true, seed: 2).Data);
        Assert.IsTrue(Enumerable.Range(1, 15).Any(i => !first.Rows(i, 1).Data.SequenceEqual(first.Rows(0, 1).Data)), "All images have the same draws.");
        Assert.IsTrue(first.Data.All(pixel => pixel is >= 0 and <= 1), "A value left the range.");
        CollectionAssert.AreEqual(harness.Output.WithBatch(16), first.Dimensions);
        using var scope = NewDisposeScope();
        Assert.ThrowsExactly<InvalidOperationException>(() => harness.Forward(images.ToTensor(ScalarType.Float32), training: true));
        if (layer is not (RandomCrop or RandomResizedCrop))
        {
            NumberAssert.AreClose(images.Data, harness.RunTorch(images).Data, 0, "at scoring");
        }
    }

    [TestMethod]
    [DataRow(FlipMode.Horizontal, new double[] { 3, 2, 1, 6, 5, 4 })]
    [DataRow(FlipMode.Vertical, new double[] { 4, 5, 6, 1, 2, 3 })]
    [DataRow(FlipMode.HorizontalAndVertical, new double[] { 6, 5, 4, 3, 2, 1 })]
    public void Half_of_the_images_are_exact_mirrors_and_the_others_as_they_were(FlipMode mode, double[] mirrored)
    {
        double[] image = [1, 2, 3, 4, 5, 6];
        Values output = Run(new RandomFlip(mode), image, [2, 3, 1], 2000);
        int flipped = 0;
        for (int i = 0; i < 2000; i++)
        {
            double[] one = output.Rows(i, 1).Data;
            flipped += one.SequenceEqual(mirrored) ? 1 : 0;
            Assert.IsTrue(one.SequenceEqual(mirrored) || one.SequenceEqual(image));
        }

        // The standard deviation is sqrt(2000 / 4) = 22.
        Assert.AreEqual(1000, flipped, 100);
    }

    [TestMethod]
    public void A_quarter_turn_is_exact_and_counter_clockwise()
    {
        double[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        double[] turned = [3, 6, 9, 2, 5, 8, 1, 4, 7];
        double[] back = [7, 4, 1, 8, 5, 2, 9, 6, 3];
        foreach (FillMode fill in Enum.GetValues<FillMode>())
        {
            NumberAssert.AreClose(turned, Run(new RandomRotation((0.25f, 0.25f), fill), image, [3, 3, 1], 1).Data, 1e-5, $"{fill}");
            NumberAssert.AreClose(back, Run(new RandomRotation((-0.25f, -0.25f), fill), image, [3, 3, 1], 1).Data, 1e-5, $"{fill}");
            NumberAssert.AreClose([9, 8, 7, 6, 5, 4, 3, 2, 1], Run(new RandomRotation((0.5f, 0.5f), fill), image, [3, 3, 1], 1).Data, 1e-5, $"{fill}");
        }

        CollectionAssert.AreEqual(turned, Run(new RandomRotation((0.25f, 0.25f), interpolation: Interpolation.Nearest), image, [3, 3, 1], 1).Data);

        // Of an oblong image the middle stays in place: rows 0 to 1 of columns 1 to 2 of four.
        double[] oblong = Run(new RandomRotation((0.25f, 0.25f), FillMode.Constant, fillValue: -1), [1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 1], 1).Data;
        NumberAssert.AreClose([-1, 3, 7, -1, -1, 2, 6, -1], oblong, 1e-5);
    }

    [TestMethod]
    [DataRow(FillMode.Constant, new double[] { 9, 9, 9, 9, 9, 1, 2, 3, 9, 5, 6, 7 })]
    [DataRow(FillMode.Nearest, new double[] { 1, 1, 2, 3, 1, 1, 2, 3, 5, 5, 6, 7 })]
    [DataRow(FillMode.Reflect, new double[] { 1, 1, 2, 3, 1, 1, 2, 3, 5, 5, 6, 7 })]
    [DataRow(FillMode.Wrap, new double[] { 12, 9, 10, 11, 4, 1, 2, 3, 8, 5, 6, 7 })]
    public void A_translation_by_whole_pixels_moves_down_and_right(FillMode fill, double[] expected)
    {
        double[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
        {
            var layer = new RandomTranslation((1 / 3f, 1 / 3f), (0.25f, 0.25f), fill, interpolation, fillValue: 9);
            NumberAssert.AreClose(expected, Run(layer, image, [3, 4, 1], 1).Data, 1e-5, $"{interpolation}");
        }
    }

    [TestMethod]
    [DataRow(FillMode.Constant, new double[] { 9, 9, 9, 1 })]
    [DataRow(FillMode.Nearest, new double[] { 1, 1, 1, 1 })]
    [DataRow(FillMode.Reflect, new double[] { 3, 2, 1, 1 })]
    [DataRow(FillMode.Wrap, new double[] { 2, 3, 4, 1 })]
    public void Beyond_the_border_stands_what_the_mode_says(FillMode fill, double[] expected) =>
        NumberAssert.AreClose(expected, Run(new RandomTranslation(0, (0.75f, 0.75f), fill, fillValue: 9), [1, 2, 3, 4], [1, 4, 1], 1).Data, 1e-5);

    [TestMethod]
    public void Half_a_pixel_is_the_mean_of_two()
    {
        var layer = new RandomTranslation(0, (0.125f, 0.125f), FillMode.Constant, fillValue: 9);
        NumberAssert.AreClose([5, 1.5, 2.5, 3.5], Run(layer, [1, 2, 3, 4], [1, 4, 1], 1).Data, 1e-5);
        NumberAssert.AreClose([2.5, 1.5, 2.5, 3.5], Run(new RandomTranslation(0, (0.125f, 0.125f), FillMode.Wrap), [1, 2, 3, 4], [1, 4, 1], 1).Data, 1e-5);
    }

    [TestMethod]
    public void A_positive_zoom_shows_more_and_a_negative_one_less()
    {
        double[] image = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        // Twice the picture: the pixels beside the middle come from two away.
        NumberAssert.AreClose([-1, -1, -1, -1, 5, -1, -1, -1, -1], Run(new RandomZoom((1f, 1f), null, FillMode.Constant, fillValue: -1), image, [3, 3, 1], 1).Data, 1e-5);
        // Half of the height: the rows beside the middle come from half a pixel away.
        NumberAssert.AreClose(
            [2.5, 3.5, 4.5, 4, 5, 6, 5.5, 6.5, 7.5], Run(new RandomZoom((-0.5f, -0.5f), (0f, 0f)), image, [3, 3, 1], 1).Data, 1e-5);
    }

    [TestMethod]
    public void A_shear_moves_rows_by_their_number()
    {
        Values output = Run(new RandomShear((1f, 1f), (0f, 0f), fillMode: FillMode.Wrap), [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3, 1], 20);
        double[] right = [1, 2, 3, 5, 6, 4, 9, 7, 8], left = [1, 2, 3, 6, 4, 5, 8, 9, 7];
        int rights = 0;
        for (int i = 0; i < 20; i++)
        {
            double[] one = output.Rows(i, 1).Data;
            bool isRight = Math.Abs(one[3] - 5) < 0.01;
            NumberAssert.AreClose(isRight ? right : left, one, 1e-5);
            rights += isRight ? 1 : 0;
        }

        Assert.AreEqual(10, rights, 9, "The sign is drawn.");
    }

    [TestMethod]
    public void Angles_are_uniform_in_their_range()
    {
        // The bright pixel right of the middle goes by the cosine and sine of the angle.
        double[] image = new double[441];
        image[(10 * 21) + 18] = 1;
        Values output = Run(new RandomRotation((-0.1f, 0.15f), FillMode.Constant), image, [21, 21, 1], 500);
        double[] turns = [.. Enumerable.Range(0, 500).Select(i => Turn(output.Rows(i, 1).Data))];
        Assert.IsTrue(turns.All(turn => turn is > -0.105 and < 0.155), $"{turns.Min()} to {turns.Max()}");
        // Uniform on [-0.1, 0.15]: mean 0.025, deviation 0.25 / sqrt(12) = 0.072, of the mean 0.0032.
        Assert.AreEqual(0.025, turns.Average(), 0.013);
        Assert.AreEqual(0.072, Math.Sqrt(turns.Average(turn => Math.Pow(turn - 0.025, 2))), 0.01);

        static double Turn(double[] pixels)
        {
            double x = pixels.Select((pixel, i) => pixel * ((i % 21) - 10)).Sum(), y = pixels.Select((pixel, i) => pixel * (10 - (i / 21))).Sum();
            return Math.Atan2(y, x) / (2 * Math.PI);
        }
    }

    [TestMethod]
    public void Crops_are_parts_of_the_image_at_places_that_are_all_as_likely()
    {
        double[] image = [.. Enumerable.Range(0, 20).Select(pixel => (double)pixel)];
        Values output = Run(new RandomCrop(3, 3), image, [4, 5, 1], 1200);
        int[] places = new int[10];
        for (int i = 0; i < 1200; i++)
        {
            double[] crop = output.Rows(i, 1).Data;
            places[(int)crop[0]]++;
            CollectionAssert.AreEqual(new[] { 0, 1, 2, 5, 6, 7, 10, 11, 12 }.Select(step => crop[0] + step).ToArray(), crop);
        }

        // 2 rows by 3 columns of places, 200 each; the standard deviation is 13.
        foreach (int place in new[] { 0, 1, 2, 5, 6, 7 })
        {
            Assert.AreEqual(200, places[place], 60);
        }
    }

    [TestMethod]
    public void At_scoring_a_crop_is_the_largest_middle_of_that_ratio()
    {
        double[] image = [.. Enumerable.Range(0, 24).Select(pixel => (double)pixel)];
        // Of 4 x 6 the middle 4 x 4, each 2 x 2 pixels in one: the mean, as the new centers lie between the old ones.
        using var harness = new LayerHarness([new RandomCrop(2, 2)], new Shape(4, 6, 1));
        Values images = Values.Of(image, 1, 4, 6, 1);
        NumberAssert.AreClose([4.5, 6.5, 16.5, 18.5], harness.RunTorch(images).Data, 1e-6);
        NumberAssert.AreClose([4.5, 6.5, 16.5, 18.5], harness.RunOnnx(images).Data, 1e-6);
    }

    [TestMethod]
    public void The_center_of_odd_differences_lies_towards_the_beginning()
    {
        using var harness = new LayerHarness([new CenterCrop(2, 1)], new Shape(3, 4, 1));
        CollectionAssert.AreEqual(new double[] { 1, 5 }, harness.RunOnnx(Values.Of([.. Enumerable.Range(0, 12).Select(i => (double)i)], 1, 3, 4, 1)).Data);
    }

    [TestMethod]
    public void Resizing_takes_pixels_as_squares()
    {
        // Twice the width: centers a quarter of a pixel beside the old ones, and the border pixel beyond the border.
        using var harness = new LayerHarness([new Resizing(1, 4)], new Shape(1, 2, 1));
        NumberAssert.AreClose([0, 1, 3, 4], harness.RunOnnx(Values.Of([0, 4], 1, 1, 2, 1)).Data, 1e-6);
        using var nearest = new LayerHarness([new Resizing(1, 3, Interpolation.Nearest)], new Shape(1, 5, 1));
        NumberAssert.AreClose([0, 2, 4], nearest.RunOnnx(Values.Of([0, 1, 2, 3, 4], 1, 1, 5, 1)).Data, 1e-6);
    }

    [TestMethod]
    public void Colors_change_by_the_formulas()
    {
        double[] image = [0.2, 0.4, 0.6, 0.8, 0.8, 0.1];
        int[] shape = [1, 2, 3];
        NumberAssert.AreClose([0.45, 0.65, 0.85, 1, 1, 0.35], Run(new RandomBrightness((0.25f, 0.25f), (0f, 1f)), image, shape, 1).Data, 1e-5, "brightness");
        // Channel means 0.5, 0.6 and 0.35.
        NumberAssert.AreClose(image.Select(pixel => 1 - pixel).ToArray(), Run(new RandomInvert((1f, 1f), (0f, 1f)), image, shape, 1).Data, 1e-5, "invert");
        double gray = (0.2989 * 0.2) + (0.587 * 0.4) + (0.114 * 0.6), other = ((0.2989 + 0.587) * 0.8) + (0.114 * 0.1);
        NumberAssert.AreClose([gray, gray, gray, other, other, other], Run(new RandomGrayscale(1), image, shape, 1).Data, 1e-5, "grayscale");
        NumberAssert.AreClose(
            [(gray + 0.2) / 2, (gray + 0.4) / 2, (gray + 0.6) / 2, (other + 0.8) / 2, (other + 0.8) / 2, (other + 0.1) / 2],
            Run(new RandomColorDegeneration((0.5f, 0.5f), (0f, 1f)), image, shape, 1).Data, 1e-5, "degeneration");
        // Hue by half a turn: the largest and the smallest channel change places, the middle one mirrors between them.
        NumberAssert.AreClose([0.6, 0.4, 0.2, 0.1, 0.1, 0.8], Run(new RandomHue((1f, 1f), (0f, 1f)), image, shape, 1).Data, 1e-5, "hue");
        NumberAssert.AreClose([0.6, 0.6, 0.6, 0.8, 0.8, 0.8], Run(new RandomSaturation((0f, 0f), (0f, 1f)), image, shape, 1).Data, 1e-5, "no saturation");
        NumberAssert.AreClose(image, Run(new RandomSaturation((0.5f, 0.5f), (0f, 1f)), image, shape, 1).Data, 1e-5, "saturation as it was");
        NumberAssert.AreClose([0, 0.3, 0.6, 0.8, 0.8, 0], Run(new RandomSaturation((1f, 1f), (0f, 1f)), image, shape, 1).Data, 1e-5, "full saturation");
        NumberAssert.AreClose([0.8, 0.6, 0.4, 0.2, 0.2, 0.9], Run(new Solarization(valueRange: (0f, 1f)), image, shape, 1).Data, 1e-5, "solarized");
        NumberAssert.AreClose([0.2, 0.4, 0.4, 0.2, 0.2, 0.1], Run(new Solarization((0f, 0f), (0.5f, 0.5f), (0f, 1f)), image, shape, 1).Data, 1e-5, "solarized above a half");
    }

    [TestMethod]
    public void Sharpness_blurs_keeps_or_sharpens()
    {
        double[] image = [0, 0, 0, 0, 13, 0, 0, 0, 0];
        NumberAssert.AreClose([1, 1, 1, 1, 5, 1, 1, 1, 1], Run(new RandomSharpness((0f, 0f)), image, [3, 3, 1], 1).Data, 1e-5);
        NumberAssert.AreClose(image, Run(new RandomSharpness((0.5f, 0.5f)), image, [3, 3, 1], 1).Data, 1e-5);
        // As far to the other side, and nothing below 0.
        NumberAssert.AreClose([0, 0, 0, 0, 21, 0, 0, 0, 0], Run(new RandomSharpness((1f, 1f)), image, [3, 3, 1], 1).Data, 1e-5);
    }

    [TestMethod]
    public void Erasing_fills_a_rectangle_of_each_image()
    {
        double[] image = [.. Enumerable.Repeat(7.0, 400)];
        Values output = Run(new RandomErasing((1f, 1f), (0.25f, 0.25f), fillValue: 3), image, [20, 20, 1], 50);
        for (int i = 0; i < 50; i++)
        {
            double[] pixels = output.Rows(i, 1).Data;
            int[] erased = [.. Enumerable.Range(0, 400).Where(pixel => pixels[pixel] == 3)];
            Assert.AreEqual(400, erased.Length + pixels.Count(pixel => pixel == 7));
            int height = erased.Max(pixel => pixel / 20) - erased.Min(pixel => pixel / 20) + 1;
            int width = erased.Max(pixel => pixel % 20) - erased.Min(pixel => pixel % 20) + 1;
            Assert.AreEqual(erased.Length, height * width, "not a rectangle");
            // The square root of 0.25, of 20 pixels.
            Assert.AreEqual((10, 10), (height, width));
        }

        Values some = Run(new RandomErasing((0.3f, 0.3f), (0.25f, 0.25f), fillValue: 3), image, [20, 20, 1], 500);
        Assert.AreEqual(150, Enumerable.Range(0, 500).Count(i => some.Rows(i, 1).Data.Contains(3)), 45);
    }

    [TestMethod]
    public void Contrast_stretches_about_the_mean_by_1_minus_lower_to_1_plus_upper()
    {
        // Two pixels, 0.4 and 0.6: the mean is 0.5, and their distance shows the factor.
        Values output = Run(new RandomContrast((0.2f, 0.5f), (0f, 1f)), [0.4, 0.6], [1, 2, 1], 1000);
        double[] factors = [.. Enumerable.Range(0, 1000).Select(i => (output.Data[(2 * i) + 1] - output.Data[2 * i]) / 0.2)];
        Assert.IsTrue(factors.All(factor => factor is > 0.799 and < 1.501));
        Assert.IsTrue(Enumerable.Range(0, 1000).All(i => Math.Abs(output.Data[2 * i] + output.Data[(2 * i) + 1] - 1) < 1e-5));
        // The deviation of a uniform number of width 0.7 is 0.2, that of the mean 0.0064.
        Assert.AreEqual(1.15, factors.Average(), 0.03);
    }

    /// <summary>What becomes in training of copies of one image.</summary>
    internal static Values Run(ImageLayer layer, double[] image, int[] shape, int copies)
    {
        using var harness = new LayerHarness([layer], (Shape)shape);
        Values images = Values.Of([.. Enumerable.Repeat(image, copies).SelectMany(pixels => pixels)], [copies, .. shape.Select(length => (long)length)]);
        return harness.RunTorch(images, training: true, seed: 5);
    }
}
