using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Augmentations against Pillow 9.4 and torchvision 0.14, whose figures stand here, and by what they must keep.</summary>
[TestClass]
public sealed class AugmentationReferenceTests
{
    private static readonly double[] Bytes = [30, 60, 90, 120, 33, 77, 101, 198, 64, 127, 128, 200, 35, 180, 159, 210];
    private static readonly FloatRange Always = new(1, 1);

    [TestMethod]
    public void Auto_contrast_is_that_of_Pillow_which_cuts_fractions_off()
    {
        double[] pillow = [0, 42, 85, 127, 4, 66, 100, 238, 48, 137, 138, 240, 7, 212, 182, 255]; // ImageOps.autocontrast
        double[] ours = Run(new AutoContrast(Always), Bytes, [4, 4, 1]);
        CollectionAssert.AreEqual(pillow, ours.Select(pixel => Math.Floor(pixel + 1e-3)).ToArray());
        NumberAssert.AreClose([42.5, 85], ours[1..3], 1e-5);
    }

    [TestMethod]
    public void Each_channel_is_stretched_alone_and_one_of_one_color_stays()
    {
        NumberAssert.AreClose([0, 7, 1, 7], Run(new AutoContrast(Always, (0, 1)), [0.25, 7, 0.5, 7], [1, 2, 2]), 1e-6);
        CollectionAssert.AreEqual(new double[] { 0, 7, 255, 7 }, Run(new Equalization(Always), [100, 7, 200, 7], [1, 2, 2]));
    }

    [TestMethod]
    public void Equalization_is_that_of_Pillow_where_values_are_equally_frequent()
    {
        // 16 values 17 times each, 40, 49, ...; ImageOps.equalize gives 0, 17, ..., 255.
        double[] image = [.. Enumerable.Range(0, 272).Select(i => 40.0 + (9 * (i / 17)))];
        CollectionAssert.AreEqual(Enumerable.Range(0, 272).Select(i => 17.0 * (i / 17)).ToArray(), Run(new Equalization(Always), image, [16, 17, 1]));
    }

    /// <summary>The worked example of 8 x 8 pixels that many texts on histogram equalization share; 52 is darkest, 154 brightest.</summary>
    [TestMethod]
    public void Equalization_is_that_of_the_textbooks()
    {
        double[] image =
        [
            52, 55, 61, 59, 79, 61, 76, 61, 62, 59, 55, 104, 94, 85, 59, 71, 63, 65, 66, 113, 144, 104, 63, 72, 64, 70, 70, 126, 154, 109, 71, 69,
            67, 73, 68, 106, 122, 88, 68, 68, 68, 79, 60, 70, 77, 66, 58, 75, 69, 85, 64, 58, 55, 61, 65, 83, 70, 87, 69, 68, 65, 73, 78, 90,
        ];
        double[] equalized = Run(new Equalization(Always), image, [8, 8, 1]);
        CollectionAssert.AreEqual(new double[] { 0, 12, 53, 32, 190, 53, 174, 53 }, equalized[..8]);
        Assert.AreEqual(182, equalized[Array.IndexOf(image, 78.0)]);
        Assert.AreEqual(255, equalized[Array.IndexOf(image, 154.0)]);
        // In another range of values, and each image of a batch by itself.
        Values both = Values.Of([.. image.Select(pixel => pixel / 255), .. image.Select(pixel => (255 - pixel) / 255)], 2, 8, 8, 1);
        using var harness = new LayerHarness([new Equalization(Always, valueRange: (0, 1))], new Shape(8, 8, 1));
        NumberAssert.AreClose(equalized.Select(pixel => pixel / 255).ToArray(), harness.RunTorch(both, training: true).Rows(0, 1).Data, 1e-5);
    }

    [TestMethod]
    [DataRow(1, new double[] { 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 128, 128, 0, 128, 128, 128 })]
    [DataRow(3, new double[] { 0, 32, 64, 96, 32, 64, 96, 192, 64, 96, 128, 192, 32, 160, 128, 192 })]
    [DataRow(4, new double[] { 16, 48, 80, 112, 32, 64, 96, 192, 64, 112, 128, 192, 32, 176, 144, 208 })]
    public void Posterization_is_that_of_Pillow(int bits, double[] pillow) => // ImageOps.posterize
        CollectionAssert.AreEqual(pillow, Run(new RandomPosterization(bits, bits), Bytes, [4, 4, 1]));

    [TestMethod]
    public void Numbers_of_bits_are_equally_likely()
    {
        Values output = AugmentationTests.Run(new RandomPosterization(1, 4), [255], [1, 1, 1], 1000);
        foreach (double level in new[] { 128.0, 192, 224, 240 })
        {
            // The standard deviation is 14.
            Assert.AreEqual(250, output.Data.Count(pixel => pixel == level), 55);
        }
    }

    [TestMethod]
    public void Solarization_is_that_of_Pillow()
    {
        double[] pillow = [30, 60, 90, 120, 33, 77, 101, 57, 64, 127, 127, 55, 35, 75, 96, 45]; // ImageOps.solarize, threshold 128
        NumberAssert.AreClose(pillow, Run(new Solarization(thresholdFactor: new FloatRange(127.5f / 255, 127.5f / 255)), Bytes, [4, 4, 1]), 1e-6);
    }

    [TestMethod]
    public void Blur_is_that_of_torchvision()
    {
        // gaussian_blur of the squares of 0 to 24 as 5 x 5, kernel 3, sigma 0.8; without the border, which it mirrors.
        double[] torchvision = [48.427704, 61.427704, 76.427711, 133.427719, 156.427719, 181.427719, 268.427734, 301.427734, 336.427734];
        double[] image = [.. Enumerable.Range(0, 25).Select(i => (double)(i * i))];
        double[] ours = Run(new RandomGaussianBlur(Always, 3, (0.8f, 0.8f), (0, 1000)), image, [5, 5, 1]);
        NumberAssert.AreClose(torchvision, [ours[6], ours[7], ours[8], ours[11], ours[12], ours[13], ours[16], ours[17], ours[18]], 1e-5);
        CollectionAssert.AreEqual(image, Run(new RandomGaussianBlur(Always, 3, (0f, 0f), (0, 1000)), image, [5, 5, 1]));
        NumberAssert.AreClose(Enumerable.Repeat(7.0, 25).ToArray(), Run(new RandomGaussianBlur(Always, 7, (2f, 2f)), [.. Enumerable.Repeat(7.0, 25)], [5, 5, 1]), 1e-6, "One color stays up to the border.");
    }

    [TestMethod]
    public void Color_jitter_is_its_four_parts_one_after_the_other()
    {
        var random = new Random(3);
        Values images = Values.Of([.. Enumerable.Range(0, 6 * 4 * 4 * 3).Select(_ => (double)random.Next(256))], 6, 4, 4, 3);
        using var one = new LayerHarness([new RandomColorJitter(0.2f, 0.3f, (0.3f, 0.7f), 0.4f)], new Shape(4, 4, 3));
        using var four = new LayerHarness(
            [new RandomBrightness(0.2f), new RandomContrast(0.3f), new RandomSaturation((0.3f, 0.7f)), new RandomHue(0.4f)], new Shape(4, 4, 3));
        CollectionAssert.AreEqual(four.RunTorch(images, training: true, seed: 4).Data, one.RunTorch(images, training: true, seed: 4).Data);
        using var none = new LayerHarness([new RandomColorJitter()], new Shape(4, 4, 3));
        CollectionAssert.AreEqual(images.Data, none.RunTorch(images, training: true, seed: 4).Data);
    }

    [TestMethod]
    public void Resized_crops_have_areas_and_forms_of_the_ranges_and_lie_within_the_image()
    {
        // Each pixel says where it is, so that the crop does.
        const int Height = 24, Width = 40, Copies = 800;
        Values output = AugmentationTests.Run(new RandomResizedCrop(2, 2), Places(Height, Width), [Height, Width, 2], Copies);
        double[] areas = new double[Copies];
        for (int i = 0; i < Copies; i++)
        {
            double[] crop = output.Rows(i, 1).Data; // x and y of four pixels, a quarter of the crop from its borders
            double width = 2 * (crop[2] - crop[0]), height = 2 * (crop[5] - crop[1]);
            double left = crop[0] + 0.5 - (width / 4), top = crop[1] + 0.5 - (height / 4);
            areas[i] = width * height / (Height * Width);
            Assert.IsTrue(left > -0.01 && top > -0.01 && left + width < Width + 0.01 && top + height < Height + 0.01, $"{left} {top} {width} {height}");
            // A crop of more than 24 / 40 · 4/3 of the area cannot be of that form.
            Assert.IsTrue(width / height > 0.749 && width / height < Math.Max(4.0 / 3, areas[i] * Width / Height) + 0.001, $"{width} {height}");
        }

        Assert.IsTrue(areas.Min() > 0.079 && areas.Max() < 1.001);
        // Uniform from 0.08 to 1: the deviation of the mean is 0.0094.
        Assert.AreEqual(0.54, areas.Average(), 0.03);
    }

    [TestMethod]
    public void The_whole_image_as_a_crop_is_the_image_resized()
    {
        double[] image = [.. Enumerable.Range(0, 24).Select(i => (double)(i * i % 23))];
        double[] crop = Run(new RandomResizedCrop(2, 2, (1f, 1f), (0.1f, 10f)), image, [4, 6, 1]);
        using var resizing = new LayerHarness([new Resizing(2, 2)], new Shape(4, 6, 1));
        NumberAssert.AreClose(resizing.RunTorch(Values.Of(image, 1, 4, 6, 1)).Data, crop, 1e-5);
    }

    [TestMethod]
    public void A_tilted_image_has_straight_lines_that_are_no_longer_parallel()
    {
        const int Size = 20;
        Values output = AugmentationTests.Run(new RandomPerspective(Always, 0.4f, fillMode: FillMode.Nearest), Places(Size, Size), [Size, Size, 2], 10);
        int lines = 0;
        double fanning = 0;
        for (int image = 0; image < 10; image++)
        {
            double[] tilted = output.Rows(image, 1).Data;
            var slopes = new List<double>();
            for (int row = 0; row < Size; row++)
            {
                // At the border of the image, x or y is that of the border.
                (double X, double Y)[] seen = [.. tilted.Chunk(2 * Size).ElementAt(row).Chunk(2).Select(place => (place[0], place[1]))
                    .Where(place => place is { Item1: > 0 and < Size - 1, Item2: > 0 and < Size - 1 })];
                for (int i = 1; i + 1 < seen.Length; i++, lines++)
                {
                    double twist = ((seen[i].X - seen[0].X) * (seen[^1].Y - seen[0].Y)) - ((seen[i].Y - seen[0].Y) * (seen[^1].X - seen[0].X));
                    Assert.AreEqual(0, twist, 1e-3 * Size * Size, $"image {image}, row {row}");
                }

                if (seen.Length > 5)
                {
                    slopes.Add((seen[^1].Y - seen[0].Y) / (seen[^1].X - seen[0].X));
                }
            }

            fanning = Math.Max(fanning, slopes.Max() - slopes.Min());
        }

        Assert.IsGreaterThan(1000, lines);
        Assert.IsGreaterThan(0.1, fanning);
        NumberAssert.AreClose(Places(5, 7), Run(new RandomPerspective(Always, 0), Places(5, 7), [5, 7, 2]), 1e-5, "without a tilt");
    }

    [TestMethod]
    public void Rubber_moves_by_a_fiftieth_of_the_longer_side_and_neighbors_together()
    {
        const int Size = 60;
        double[] places = Places(Size, Size);
        Values output = AugmentationTests.Run(new RandomElasticTransform(Always, Always, fillMode: FillMode.Nearest), places, [Size, Size, 2], 20);
        double squares = 0, steps = 0;
        for (int i = 0; i < 20; i++)
        {
            double[] moves = [.. output.Rows(i, 1).Data.Zip(places, (to, from) => to - from)];
            squares += moves.Average(move => move * move) / 20;
            steps += Enumerable.Range(0, moves.Length - 2).Where(at => at / 2 % Size != Size - 1).Average(at => Math.Pow(moves[at + 2] - moves[at], 2)) / 20;
        }

        Assert.AreEqual(0.02 * Size, Math.Sqrt(squares), 0.06);
        Assert.IsLessThan(0.35, Math.Sqrt(steps));
        NumberAssert.AreClose(Places(5, 7), Run(new RandomElasticTransform(Always, new FloatRange(0, 0)), Places(5, 7), [5, 7, 2]), 1e-5, "without a movement");
    }

    [TestMethod]
    public void Each_image_gets_an_operation_of_its_own_all_as_often()
    {
        // Without strength all operations but two do nothing to whole numbers.
        double[] stretched = Run(new AutoContrast(Always), Bytes, [4, 4, 1]), equalized = Run(new Equalization(Always), Bytes, [4, 4, 1]);
        Values output = AugmentationTests.Run(new RandAugment(1, new FloatRange(0, 0)), Bytes, [4, 4, 1], 1400);
        int[] counts = [0, 0, 0];
        for (int i = 0; i < 1400; i++)
        {
            double[] image = output.Rows(i, 1).Data;
            counts[Array.FindIndex([Bytes, stretched, equalized], known => known.Zip(image).All(pair => Math.Abs(pair.First - pair.Second) < 0.01))]++;
        }

        // 14 operations: 100 images for each; the standard deviation is 9.6.
        Assert.AreEqual(100, counts[1], 40);
        Assert.AreEqual(100, counts[2], 40);
    }

    [TestMethod]
    public void A_mix_lies_between_the_image_and_what_the_chains_make_of_it()
    {
        double[] stretched = Run(new AutoContrast(Always), Bytes, [4, 4, 1]), equalized = Run(new Equalization(Always), Bytes, [4, 4, 1]);
        Values output = AugmentationTests.Run(new AugMix(factor: new FloatRange(0, 0), chainDepth: 1), Bytes, [4, 4, 1], 100);
        int changed = 0;
        for (int i = 0; i < 100; i++)
        {
            double[] image = output.Rows(i, 1).Data;
            changed += image.Zip(Bytes).Any(pair => Math.Abs(pair.First - pair.Second) > 0.1) ? 1 : 0;
            for (int pixel = 0; pixel < 16; pixel++)
            {
                double[] ends = [Bytes[pixel], stretched[pixel], equalized[pixel]];
                Assert.IsTrue(image[pixel] > ends.Min() - 0.01 && image[pixel] < ends.Max() + 0.01);
            }
        }

        // A chain changes something with a probability of 2/14, one of three with 0.37; the standard deviation is 4.8.
        Assert.AreEqual(37, changed, 20);
    }

    /// <summary>An image whose two channels are x and y of each pixel.</summary>
    private static double[] Places(int height, int width) =>
        [.. Enumerable.Range(0, height * width).SelectMany(pixel => new double[] { pixel % width, pixel / width })];

    private static double[] Run(ImageLayer layer, double[] image, int[] shape) => AugmentationTests.Run(layer, image, shape, 1).Data;
}
