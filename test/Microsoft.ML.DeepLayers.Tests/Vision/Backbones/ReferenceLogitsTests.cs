using System.Text;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Tests.Weights;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>
/// Backbones compute what torchvision and timm compute: logits of one image, with weights that follow from names and places
/// (made by generate.py beside this file, with torch 1.13, torchvision 0.14 and timm 1.0.29).
/// </summary>
[TestClass]
public sealed class ReferenceLogitsTests
{
    private static readonly Dictionary<string, float[]> Logits = new()
    {
        ["ResNet18"] = [-16.13483f, -15.30329f, 4.115786f, -0.5957477f, 30.58231f],
        ["ResNet34"] = [178.6469f, -177.5939f, 262.2351f, -246.3281f, 132.17f],
        ["ResNet50"] = [-3589.636f, 3352.089f, -3665.294f, 1068.74f, 995.4393f],
        ["MobileNetV2"] = [0.862981f, 1.963636f, 4.097232f, 1.344672f, 2.909334f],
        ["MobileNetV3Large"] = [-55.94229f, 65.20841f, 14.92864f, 189.0055f, -236.1717f],
        ["MobileNetV3Small"] = [0.9213168f, -1.033274f, 0.1504301f, 0.4327803f, 0.1771286f],
        ["EfficientNetB0"] = [-0.1423707f, 0.181569f, 0.2161622f, -0.2839459f, -0.13294f],
        ["ConvNeXtTiny"] = [-1.254456f, 1.293585f, -2.218281f, -0.5719539f, -0.8739719f],
        ["VGG16"] = [0.5866264f, 1.145011f, 3.319819f, -0.5841469f, 1.060367f],
        ["ViTTiny"] = [0.656475f, -2.977789f, 3.139091f, 1.326656f, -0.1275947f],
        ["MobileNetV3Large of timm"] = [221.8096f, -257.2647f, 85.82569f, 8.346785f, -92.69521f],
        ["MobileNetV3Small of timm"] = [15.92597f, -6.138369f, -5.608887f, -6.462042f, -3.611716f],
        ["MobileNetV2 of timm"] = [-1.25993f, 0.8772849f, -2.284218f, -1.703687f, 2.587973f],
        ["EfficientNetB0 of timm"] = [-0.009657829f, -0.1112911f, 0.3211878f, -0.2053015f, 0.3941407f],
        ["ConvNeXtTiny of timm"] = [-0.1148956f, 0.7097872f, -2.071658f, 0.9797798f, 3.566086f],
        ["ViTTiny of timm"] = [1.668148f, 3.115036f, 1.572754f, -0.7012223f, -0.2419456f],
    };

    private static readonly Dictionary<string, Backbone> Backbones = new()
    {
        ["ResNet18"] = new ResNet18 { Height = 40, Width = 56, Classes = 5 },
        ["ResNet34"] = new ResNet34 { Height = 40, Width = 56, Classes = 5 },
        ["ResNet50"] = new ResNet50 { Height = 33, Width = 33, Classes = 5 },
        ["MobileNetV2"] = new MobileNetV2 { Height = 40, Width = 56, Classes = 5, WidthMultiplier = 0.35f },
        ["MobileNetV3Large"] = new MobileNetV3Large { Height = 40, Width = 56, Classes = 5, WidthMultiplier = 0.35f },
        ["MobileNetV3Small"] = new MobileNetV3Small { Height = 41, Width = 57, Classes = 5, WidthMultiplier = 0.5f },
        ["EfficientNetB0"] = new EfficientNetB0 { Height = 40, Width = 56, Classes = 5 },
        ["ConvNeXtTiny"] = new ConvNeXtTiny { Height = 64, Width = 96, Classes = 5, WidthMultiplier = 0.25f },
        ["VGG16"] = new VGG16 { Height = 64, Width = 96, Classes = 5, WidthMultiplier = 0.125f },
        ["ViTTiny"] = new ViTTiny { Height = 48, Width = 48, Classes = 5, WidthMultiplier = 1f / 3 },
        ["MobileNetV3Large of timm"] = new MobileNetV3Large { Height = 40, Width = 56, Classes = 5 },
        ["MobileNetV3Small of timm"] = new MobileNetV3Small { Height = 41, Width = 57, Classes = 5 },
        ["MobileNetV2 of timm"] = new MobileNetV2 { Height = 40, Width = 56, Classes = 5 },
        ["EfficientNetB0 of timm"] = new EfficientNetB0 { Height = 40, Width = 56, Classes = 5 },
        ["ConvNeXtTiny of timm"] = new ConvNeXtTiny { Height = 64, Width = 96, Classes = 5 },
        ["ViTTiny of timm"] = new ViTTiny { Height = 48, Width = 48, Classes = 5 },
    };

    public static IEnumerable<object[]> Names => Logits.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gives_the_logits_of_the_published_code(string name)
    {
        Backbone backbone = Backbones[name];
        NetworkWeights state = PublishedTensors.ToStateDict(backbone, PublishedTensors.Random(backbone));
        state = name.EndsWith(" of timm", StringComparison.Ordinal) ? PublishedTensors.OfTimm(state, backbone) : state;
        NetworkWeights weights = backbone.LoadWeights(new NetworkWeights(state.Select(tensor => new WeightTensor(tensor.Name, tensor.Shape, Fill(tensor))))).Weights;
        float[] pixels = [.. Numbers("pixels", (int)backbone.InputShape.Size).Select(number => MathF.Floor((float)(number * 256)))];
        float[] logits = Run(pixels);
        float scale = Logits[name].Max(Math.Abs);

        // In timm's code single precision is itself off by 5e-5 there; another epsilon would be by 1e-2.
        double tolerance = name == "MobileNetV3Large of timm" ? 2e-4 : 2e-5;
        WeightFiles.AreClose([.. Logits[name].Select(value => value / scale)], [.. logits.Select(value => value / scale)], tolerance);

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
