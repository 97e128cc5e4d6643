using Microsoft.ML.DeepLayers.Backbones;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>A published network: a row that drives every generic test of backbones.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Backbone">As it was published.</param>
/// <param name="Parameters">How many parameters are published (torchvision 0.14: the sum of <c>numel</c> over <c>parameters()</c>; timm's for vit_*).</param>
/// <param name="Below">How many of them are left without the top.</param>
/// <param name="Stages">The shapes that its stages give, as <c>name [shape]</c>.</param>
/// <param name="Small">The same network for small images and with few channels, to be run.</param>
internal sealed record BackboneRow(string Name, Backbone Backbone, long Parameters, long Below, string Stages, Backbone Small)
{
    /// <summary>How far libtorch and ONNX Runtime may differ in a probability.</summary>
    internal double Tolerance { get; init; } = 1e-5;
}

/// <summary>All backbones.</summary>
internal static class BackboneTable
{
    internal static IReadOnlyList<BackboneRow> All { get; } =
    [
        new("ResNet18", new ResNet18(), 11_689_512, 11_176_512,
            "stem [56, 56, 64], layer1 [56, 56, 64], layer2 [28, 28, 128], layer3 [14, 14, 256], layer4 [7, 7, 512], head [1000]",
            Shrunk(new ResNet18())),
        new("ResNet34", new ResNet34(), 21_797_672, 21_284_672,
            "stem [56, 56, 64], layer1 [56, 56, 64], layer2 [28, 28, 128], layer3 [14, 14, 256], layer4 [7, 7, 512], head [1000]",
            Shrunk(new ResNet34())),
        new("ResNet50", new ResNet50(), 25_557_032, 23_508_032,
            "stem [56, 56, 64], layer1 [56, 56, 256], layer2 [28, 28, 512], layer3 [14, 14, 1024], layer4 [7, 7, 2048], head [1000]",
            Shrunk(new ResNet50())),
        new("MobileNetV3Large", new MobileNetV3Large(), 5_483_032, 2_971_952,
            "stem [112, 112, 16], stage1 [112, 112, 16], stage2 [56, 56, 24], stage3 [28, 28, 40], stage4 [14, 14, 112], stage5 [7, 7, 960], head [1000]",
            Shrunk(new MobileNetV3Large())),
        new("MobileNetV3Small", new MobileNetV3Small(), 2_542_856, 927_008,
            "stem [112, 112, 16], stage1 [56, 56, 16], stage2 [28, 28, 24], stage3 [14, 14, 48], stage4 [7, 7, 576], head [1000]",
            Shrunk(new MobileNetV3Small())),
        new("MobileNetV2", new MobileNetV2(), 3_504_872, 2_223_872,
            "stem [112, 112, 32], stage1 [112, 112, 16], stage2 [56, 56, 24], stage3 [28, 28, 32], stage4 [14, 14, 96], stage5 [7, 7, 1280], head [1000]",
            Shrunk(new MobileNetV2())),
        new("EfficientNetB0", new EfficientNetB0(), 5_288_548, 4_007_548,
            "stem [112, 112, 32], stage1 [112, 112, 16], stage2 [56, 56, 24], stage3 [28, 28, 40], stage4 [14, 14, 112], stage5 [7, 7, 1280], head [1000]",
            Shrunk(new EfficientNetB0())),
        new("ConvNeXtTiny", new ConvNeXtTiny(), 28_589_128, 27_820_128,
            "stem [56, 56, 96], stage1 [56, 56, 96], stage2 [28, 28, 192], stage3 [14, 14, 384], stage4 [7, 7, 768], head [1000]",
            Shrunk(new ConvNeXtTiny())),
        new("ViTTiny", new ViTTiny(), 5_717_416, 5_524_416, TransformerStages(192), Shrunk(new ViTTiny())),
        new("ViTSmall", new ViTSmall(), 22_050_664, 21_665_664, TransformerStages(384), Shrunk(new ViTSmall())),
        new("VGG16", new VGG16(), 138_357_544, 14_714_688,
            "stem [112, 112, 64], stage2 [56, 56, 128], stage3 [28, 28, 256], stage4 [14, 14, 512], stage5 [7, 7, 512], head [1000]",
            Shrunk(new VGG16(), 0.0625f)),
        new("LeNet5", new LeNet5(), 61_706, 2_572, "stem [14, 14, 6], stage2 [5, 5, 16], head [10]", Shrunk(new LeNet5(), 1)),
    ];

    internal static IEnumerable<object[]> Names => All.Select(row => new object[] { row.Name });

    internal static BackboneRow Row(string name) => All.Single(row => row.Name == name);

    private static string TransformerStages(int features) =>
        $"stem [197, {features}], {string.Join(", ", Enumerable.Range(0, 12).Select(block => $"blocks.{block} [197, {features}]"))}, head [1000]";

    private static Backbone Shrunk(Backbone backbone, float width = 0.125f, int size = 32) =>
        backbone with { WidthMultiplier = width, Height = size, Width = size, Classes = 3 };
}
