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
    ];

    internal static IEnumerable<object[]> Names => All.Select(row => new object[] { row.Name });

    internal static BackboneRow Row(string name) => All.Single(row => row.Name == name);

    private static Backbone Shrunk(Backbone backbone, float width = 0.125f, int size = 32) =>
        backbone with { WidthMultiplier = width, Height = size, Width = size, Classes = 3 };
}
