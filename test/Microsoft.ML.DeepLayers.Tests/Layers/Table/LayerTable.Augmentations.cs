using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    /// <summary>Most of these do nothing at scoring; what they do in training, their gradients are tested for.</summary>
    private static IEnumerable<LayerInfo> Augmentations()
    {
        FloatRange range = new(-3, 3);
        foreach (FillMode fill in Enum.GetValues<FillMode>())
        {
            foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
            {
                yield return new($"RandomRotation, {fill}, {interpolation}", () => new RandomRotation(0.2f, fill, interpolation, fillValue: 0.5f), [3, 4, 1])
                {
                    Errors = [([4, 4], "images [height, width, channels]")],
                };
            }

            yield return new($"RandomZoom, {fill}", () => new RandomZoom(0.5f, (-0.4f, -0.1f), fill), [3, 4, 1]);
            yield return new($"RandomTranslation, {fill}", () => new RandomTranslation(0.4f, 0.6f, fill), [3, 4, 1]);
        }

        yield return new("RandomZoom, alike", () => new RandomZoom((0.1f, 0.4f)), [3, 3, 2]) { Errors = [([4], "images")] };
        yield return new("RandomShear", () => new RandomShear(0.4f, (0.1f, 0.3f)), [3, 4, 1]);
        yield return new("RandomFlip", () => new RandomFlip(), [3, 4, 1]) { Errors = [([3], "images")] };
        yield return new("RandomFlip, horizontal", () => new RandomFlip(FlipMode.Horizontal), [3, 2, 2]);
        yield return new("RandomFlip, vertical", () => new RandomFlip(FlipMode.Vertical), [3, 2, 2]);

        yield return new("RandomCrop", () => new RandomCrop(2, 3), [4, 5, 1], [2, 3, 2]) { Errors = [([3], "images")] };
        yield return new("RandomCrop, larger than the image", () => new RandomCrop(4, 4), [3, 5, 1]);
        yield return new("RandomCrop, of the same ratio", () => new RandomCrop(2, 2), [4, 4, 1]);
        yield return new("CenterCrop", () => new CenterCrop(2, 2), [5, 4, 1], [2, 2, 2], [3, 3, 1]) { Errors = [([3, 3], "images")] };
        yield return new("CenterCrop, larger than the image", () => new CenterCrop(3, 4), [2, 5, 1], [2, 2, 2]);
        yield return new("Resizing", () => new Resizing(5, 3), [3, 4, 1], [2, 2, 2], [5, 3, 1]) { Errors = [([3, 3], "images")] };
        yield return new("Resizing, smaller", () => new Resizing(2, 1), [5, 4, 1]);
        yield return new("Resizing, nearest", () => new Resizing(5, 3, Interpolation.Nearest), [3, 4, 1], [2, 2, 2], [7, 5, 1]);
        yield return new("Resizing, cropped", () => new Resizing(2, 4, cropToAspectRatio: true), [4, 5, 1], [1, 5, 1]);

        yield return new("RandomBrightness", () => new RandomBrightness(0.3f, range), [3, 2, 3]);
        yield return new("RandomContrast", () => new RandomContrast(0.5f, range), [3, 2, 2]);
        yield return new("RandomContrast, two ends", () => new RandomContrast((0.1f, 0.4f), range), [3, 2, 2]);
        yield return new("RandomInvert", () => new RandomInvert(valueRange: range), [3, 2, 2]);
        yield return new("RandomGrayscale", () => new RandomGrayscale(), [2, 2, 3]) { Errors = [([2, 2, 1], "images [height, width, 3]")] };
        yield return new("RandomColorDegeneration", () => new RandomColorDegeneration(0.8f, range), [2, 2, 3]) { Errors = [([2, 2, 1], "3]")] };
        yield return new("RandomHue", () => new RandomHue(0.6f, range), [2, 2, 3]) { Errors = [([2, 2, 4], "3]")] };
        yield return new("RandomSaturation", () => new RandomSaturation((0.2f, 0.8f), range), [2, 2, 3]) { Errors = [([2, 2, 4], "3]")] };
        yield return new("RandomSharpness", () => new RandomSharpness(1f, range), [3, 3, 2]);
        yield return new("RandomErasing", () => new RandomErasing((1, 1), (0.2f, 0.6f), valueRange: range), [3, 4, 1]);
        yield return new("RandomErasing, one value", () => new RandomErasing((1, 1), (0.2f, 0.6f), fillValue: 0.5f, valueRange: range), [3, 4, 2]);
        yield return new("Solarization", () => new Solarization(valueRange: range), [3, 4, 1]);
        yield return new("Solarization, above a threshold", () => new Solarization(0.2f, (0.4f, 0.6f), range), [3, 4, 1]);

        yield return new("RandomResizedCrop", () => new RandomResizedCrop(2, 3, (0.3f, 0.8f)), [4, 5, 1], [2, 3, 2]) { Errors = [([3], "images")] };
        yield return new("RandomResizedCrop, nearest", () => new RandomResizedCrop(3, 3, (0.5f, 1f), (0.5f, 2f), Interpolation.Nearest), [3, 5, 1]);
        yield return new("RandomColorJitter", () => new RandomColorJitter(0.2f, 0.3f, (0.3f, 0.6f), 0.2f, range), [2, 2, 3]) { Errors = [([2, 2, 1], "3]")] };
        yield return new("RandomColorJitter, of any colors", () => new RandomColorJitter(0.2f, 0.3f, valueRange: range), [3, 2, 1]);
        yield return new("RandAugment", () => new RandAugment(valueRange: range), [3, 4, 3]);
        yield return new("RandAugment, one color", () => new RandAugment(3, (0.2f, 1f), Interpolation.Nearest, range), [4, 3, 1]);
        yield return new("AugMix", () => new AugMix(valueRange: range), [3, 4, 3]);
        yield return new("AugMix, few operations", () => new AugMix(2, 2, (0.5f, 1f), 0.5f, allOps: false, Interpolation.Nearest, range), [4, 3, 1]);
        yield return new("AutoContrast", () => new AutoContrast((1, 1), range), [3, 4, 2]) { Errors = [([4], "images")] };
        yield return new("Equalization", () => new Equalization((1, 1), valueRange: range), [3, 4, 2]);
        yield return new("Equalization, few bins", () => new Equalization((1, 1), 4, range), [3, 4, 2]);
        yield return new("RandomPosterization", () => new RandomPosterization(2, 5, range), [3, 4, 2]);
        yield return new("RandomGaussianBlur", () => new RandomGaussianBlur((1, 1), valueRange: range), [3, 4, 2]);
        yield return new("RandomGaussianBlur, wider than the image", () => new RandomGaussianBlur((1, 1), 7, (0.5f, 2f), range), [3, 2, 2]);
        foreach (FillMode fill in Enum.GetValues<FillMode>())
        {
            yield return new($"RandomPerspective, {fill}", () => new RandomPerspective((1, 1), 0.4f, fillMode: fill, fillValue: 0.5f), [3, 4, 2]);
        }

        yield return new("RandomPerspective, nearest", () => new RandomPerspective((1, 1), 0.3f, Interpolation.Nearest), [3, 4, 2]);
        yield return new("RandomElasticTransform", () => new RandomElasticTransform((1, 1), (1, 1)), [4, 5, 2]);
    }
}
