using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors of preprocessing and augmentation refuse what cannot be meant, and say which argument it is.</summary>
[TestClass]
public sealed class PreprocessingArgumentTests
{
    private static readonly OutputMode NoMode = (OutputMode)9;

    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new Rescaling(float.NaN), "scale"),
        (() => new Rescaling(1, float.PositiveInfinity), "offset"),
        (() => new Normalization(axis: 0), "axis"),
        (() => new Normalization(mean: [1]), "variance"),
        (() => new Normalization(mean: [1], variance: [1, 2]), "variance"),
        (() => new Normalization(mean: [float.NaN], variance: [1]), "mean"),
        (() => new Normalization(mean: [1], variance: [-1]), "variance"),
        (() => new Discretization(), "numBins"),
        (() => new Discretization([1], numBins: 2), "numBins"),
        (() => new Discretization(numBins: 1), "numBins"),
        (() => new Discretization([1, 1]), "binBoundaries"),
        (() => new Discretization([1, float.PositiveInfinity]), "binBoundaries"),
        (() => new Discretization([1], epsilon: 0), "epsilon"),
        (() => new Discretization([1], outputMode: NoMode), "outputMode"),
        (() => new CategoryEncoding(0), "numTokens"),
        (() => new CategoryEncoding(1, OutputMode.Int), "outputMode"),
        (() => new CategoryEncoding(1, NoMode), "outputMode"),
        (() => new Hashing(0), "numBins"),
        (() => new Hashing(1, outputMode: NoMode), "outputMode"),
        (() => new HashedCrossing(0), "numBins"),
        (() => new HashedCrossing(1, OutputMode.Count), "outputMode"),
        (() => new IntegerLookup(), "maxTokens"),
        (() => new IntegerLookup(maxTokens: 1), "maxTokens"),
        (() => new IntegerLookup(maxTokens: 2, maskToken: 0), "maxTokens"),
        (() => new IntegerLookup(maxTokens: 2, numOovIndices: -1), "numOovIndices"),
        (() => new IntegerLookup(vocabulary: [1, 2, 1]), "vocabulary"),
        (() => new IntegerLookup(maskToken: 2, vocabulary: [1, 2]), "vocabulary"),
        (() => new IntegerLookup(maxTokens: 2, vocabulary: [1, 2]), "vocabulary"),
        (() => new IntegerLookup(vocabulary: [1, 16_777_217]), "vocabulary"),
        (() => new IntegerLookup(vocabulary: [1], outputMode: NoMode), "outputMode"),
        (() => new FloatRange(float.NaN, 1), "lower"),
        (() => new FloatRange(1, float.PositiveInfinity), "upper"),
        (() => new RandomRotation(1.1f), "factor"),
        (() => new RandomRotation(1, (FillMode)9), "fillMode"),
        (() => new RandomRotation(1, interpolation: (Interpolation)9), "interpolation"),
        (() => new RandomRotation(1, fillValue: float.NaN), "fillValue"),
        (() => new RandomZoom((-1.5f, 0)), "heightFactor"),
        (() => new RandomZoom(1, 2f), "widthFactor"),
        (() => new RandomTranslation(2, 1), "heightFactor"),
        (() => new RandomTranslation(1, 2), "widthFactor"),
        (() => new RandomShear((-0.2f, 0.1f)), "xFactor"),
        (() => new RandomShear(0, 2), "yFactor"),
        (() => new RandomFlip((FlipMode)9), "mode"),
        (() => new RandomCrop(0, 1), "height"),
        (() => new RandomCrop(1, 0), "width"),
        (() => new CenterCrop(0, 1), "height"),
        (() => new CenterCrop(1, 0), "width"),
        (() => new Resizing(0, 1), "height"),
        (() => new Resizing(1, 0), "width"),
        (() => new Resizing(1, 1, (Interpolation)9), "interpolation"),
        (() => new RandomBrightness(1.5f), "factor"),
        (() => new RandomBrightness(1, (2f, 2f)), "valueRange"),
        (() => new RandomContrast(1.5f), "factor"),
        (() => new RandomInvert(2f), "factor"),
        (() => new RandomGrayscale(float.NaN), "factor"),
        (() => new RandomColorDegeneration((-0.1f, 1)), "factor"),
        (() => new RandomHue(2), "factor"),
        (() => new RandomSaturation(2), "factor"),
        (() => new RandomSharpness(2), "factor"),
        (() => new RandomErasing(2f), "factor"),
        (() => new RandomErasing(scale: 2f), "scale"),
        (() => new RandomErasing(fillValue: float.NaN), "fillValue"),
        (() => new Solarization(2), "additionFactor"),
        (() => new Solarization(thresholdFactor: 2), "thresholdFactor"),
        (() => new RandomResizedCrop(0, 1), "height"),
        (() => new RandomResizedCrop(1, 0), "width"),
        (() => new RandomResizedCrop(1, 1, 0.5f), "scale"),
        (() => new RandomResizedCrop(1, 1, (0.5f, 1.5f)), "scale"),
        (() => new RandomResizedCrop(1, 1, ratio: (0f, 1f)), "ratio"),
        (() => new RandomResizedCrop(1, 1, interpolation: (Interpolation)9), "interpolation"),
        (() => new RandomColorJitter(2f), "brightnessFactor"),
        (() => new RandomColorJitter(contrastFactor: 2f), "contrastFactor"),
        (() => new RandomColorJitter(saturationFactor: 2f), "saturationFactor"),
        (() => new RandomColorJitter(hueFactor: 2f), "hueFactor"),
        (() => new RandomColorJitter(valueRange: (1f, 1f)), "valueRange"),
        (() => new RandAugment(0), "numOps"),
        (() => new RandAugment(factor: 2f), "factor"),
        (() => new RandAugment(interpolation: (Interpolation)9), "interpolation"),
        (() => new AugMix(0), "numChains"),
        (() => new AugMix(chainDepth: 0), "chainDepth"),
        (() => new AugMix(factor: 2f), "factor"),
        (() => new AugMix(alpha: 0), "alpha"),
        (() => new AugMix(interpolation: (Interpolation)9), "interpolation"),
        (() => new AutoContrast(2f), "factor"),
        (() => new Equalization(2f), "factor"),
        (() => new Equalization(bins: 1), "bins"),
        (() => new RandomPosterization(0, 4), "minBits"),
        (() => new RandomPosterization(4, 3), "maxBits"),
        (() => new RandomPosterization(4, 9), "maxBits"),
        (() => new RandomGaussianBlur(2f), "factor"),
        (() => new RandomGaussianBlur(kernelSize: 4), "kernelSize"),
        (() => new RandomGaussianBlur(sigma: (-1f, 2f)), "sigma"),
        (() => new RandomPerspective(2f), "factor"),
        (() => new RandomPerspective(scale: 0.7f), "scale"),
        (() => new RandomPerspective(fillMode: (FillMode)9), "fillMode"),
        (() => new RandomElasticTransform(2f), "factor"),
        (() => new RandomElasticTransform(scale: 2f), "scale"),
    ];

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }

    [TestMethod]
    public void Ranges_convert_from_numbers_and_pairs()
    {
        Assert.AreEqual(new FloatRange(-0.2f, 0.2f), (FloatRange)0.2f);
        Assert.AreEqual(new FloatRange(0.1f, 0.3f), (FloatRange)(0.3f, 0.1f));
        Assert.AreEqual("(-0.5, 0.25)", new FloatRange(-0.5f, 0.25f).ToString());
        Assert.AreEqual(new FloatRange(0, 0.2f), new RandomHue(0.2f).Factor, "A factor that cannot be negative begins at 0.");
        Assert.AreEqual(new FloatRange(0.2f, 0.2f), new RandomContrast(0.2f).Factor, "Contrast: 1 - 0.2 to 1 + 0.2.");
    }
}
