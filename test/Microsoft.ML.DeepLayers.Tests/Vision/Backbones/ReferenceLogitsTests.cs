using System.Text;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Tests.Weights;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>
/// Backbones compute what torchvision computes: logits of one image, with weights that follow from names and places
/// (made by generate.py beside this file, with torch 1.13 and torchvision 0.14).
/// </summary>
[TestClass]
public sealed class ReferenceLogitsTests
{
    private static readonly Dictionary<string, float[]> Logits = new()
    {
        ["ResNet18"] = [-16.13482f, -15.30323f, 4.115782f, -0.5957239f, 30.58232f],
        ["ResNet50"] = [-3589.629f, 3352.091f, -3665.292f, 1068.742f, 995.4422f],
        ["MobileNetV2"] = [0.8629627f, 1.963645f, 4.097245f, 1.344688f, 2.909335f],
        ["MobileNetV3Large"] = [-55.94231f, 65.20844f, 14.92852f, 189.0057f, -236.1717f],
        ["MobileNetV3Small"] = [0.9213162f, -1.033271f, 0.1504306f, 0.4327793f, 0.1771293f],
        ["EfficientNetB0"] = [-0.1423708f, 0.181569f, 0.2161622f, -0.283946f, -0.13294f],
        ["ConvNeXtTiny"] = [-1.254456f, 1.293585f, -2.218282f, -0.5719535f, -0.873973f],
        ["VGG16"] = [0.5866306f, 1.14501f, 3.319814f, -0.5841454f, 1.060372f],
        ["ViTTiny"] = [0.6564736f, -2.977788f, 3.139093f, 1.326651f, -0.1275915f],
    };

    private static readonly Dictionary<string, Backbone> Backbones = new()
    {
        ["ResNet18"] = new ResNet18 { Height = 40, Width = 56, Classes = 5 },
        ["ResNet50"] = new ResNet50 { Height = 33, Width = 33, Classes = 5 },
        ["MobileNetV2"] = new MobileNetV2 { Height = 40, Width = 56, Classes = 5, WidthMultiplier = 0.35f },
        ["MobileNetV3Large"] = new MobileNetV3Large { Height = 40, Width = 56, Classes = 5, WidthMultiplier = 0.35f },
        ["MobileNetV3Small"] = new MobileNetV3Small { Height = 41, Width = 57, Classes = 5, WidthMultiplier = 0.5f },
        ["EfficientNetB0"] = new EfficientNetB0 { Height = 40, Width = 56, Classes = 5 },
        ["ConvNeXtTiny"] = new ConvNeXtTiny { Height = 64, Width = 96, Classes = 5, WidthMultiplier = 0.25f },
        ["VGG16"] = new VGG16 { Height = 64, Width = 96, Classes = 5, WidthMultiplier = 0.125f },
        ["ViTTiny"] = new ViTTiny { Height = 48, Width = 48, Classes = 5, WidthMultiplier = 1f / 3 },
    };

    public static IEnumerable<object[]> Names => Logits.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gives_the_logits_of_torchvision(string name)
    {
        Backbone backbone = Backbones[name];
        NetworkWeights state = PublishedTensors.ToStateDict(backbone, PublishedTensors.Random(backbone));
        NetworkWeights weights = backbone.LoadWeights(new NetworkWeights(state.Select(tensor => new WeightTensor(tensor.Name, tensor.Shape, Fill(tensor))))).Weights;
        float[] pixels = [.. Numbers("pixels", (int)backbone.InputShape.Size).Select(number => MathF.Floor((float)(number * 256)))];
        float[] logits = Run(pixels);
        float scale = Logits[name].Max(Math.Abs);
        WeightFiles.AreClose([.. Logits[name].Select(value => value / scale)], [.. logits.Select(value => value / scale)], 2e-5);

        // It is the image that they tell about.
        float[] mirrored = Run([.. pixels.Chunk(3).Reverse().SelectMany(pixel => pixel)]);
        Assert.IsGreaterThan(1e-3f * scale, logits.Zip(mirrored, (one, other) => Math.Abs(one - other)).Max());

        float[] Run(float[] image) => WeightFiles.Run(backbone.ToNetwork(), weights, new WeightTensor("pixels", new Shape([1, .. backbone.InputShape]), image));
    }

    /// <summary>Weights of sizes that let an image's signal through, by name and place.</summary>
    private static float[] Fill(WeightTensor tensor)
    {
        double[] numbers = Numbers(tensor.Name, (int)tensor.Shape.Size);
        bool isWeight = tensor.Name.EndsWith("weight", StringComparison.Ordinal);
        if (tensor.Name.EndsWith("running_var", StringComparison.Ordinal) || tensor.Name.Contains("layer_scale", StringComparison.Ordinal) || (isWeight && tensor.Shape.Rank == 1))
        {
            return Array.ConvertAll(numbers, number => (float)(0.5 + number));
        }

        return isWeight
            ? Array.ConvertAll(numbers, number => (float)(((2 * number) - 1) * Math.Sqrt(6 / ((double)tensor.Shape.Size / tensor.Shape[0]))))
            : Array.ConvertAll(numbers, number => (float)((number - 0.5) / 4));
    }

    /// <summary>Numbers from 0 to below 1: a hash of the name (FNV-1a) and the place, mixed as by MurmurHash3.</summary>
    private static double[] Numbers(string name, int count)
    {
        uint seed = Encoding.UTF8.GetBytes(name).Aggregate(2166136261, (hash, letter) => unchecked((hash ^ letter) * 16777619));
        var numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            unchecked
            {
                uint x = ((uint)i * 2654435761) + seed;
                x ^= x >> 16;
                x *= 0x85EBCA6B;
                x ^= x >> 13;
                x *= 0xC2B2AE35;
                x ^= x >> 16;
                numbers[i] = x / 4294967296.0;
            }
        }

        return numbers;
    }
}
