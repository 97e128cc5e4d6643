using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// MobileNetV2 (Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks"), as torchvision defines it:
/// 3,504,872 parameters, 2,223,872 of them below the top. Blocks widen their channels, convolve each alone, and narrow them
/// again without an activation.
/// <para>
/// Stages: <c>stem</c>, <c>stage1</c> to <c>stage5</c> (at 1/2 to 1/32 of the images' size), <c>head</c>. With a
/// <see cref="Backbone.WidthMultiplier"/>, channels are rounded to multiples of 8, and the last convolution has at least 1280.
/// </para>
/// <para>Weights: torchvision's <c>mobilenet_v2</c>; files under timm's names.</para>
/// </summary>
/// <example><c>new MobileNetV2 { WidthMultiplier = 0.35f, Height = 96, Width = 96 }.ToNetwork()</c>.</example>
public sealed record MobileNetV2 : Backbone
{
    /// <summary>By what blocks widen, their output channels, how many there are, and the strides of the first.</summary>
    private static readonly (int Expansion, int Channels, int Count, int Strides)[] Blocks =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    /// <summary>Creates the backbone for images of 224 × 224.</summary>
    public MobileNetV2()
        : base(224)
    {
    }

    private protected override IReadOnlyList<WeightNaming> Namings
    {
        get
        {
            int index = 1;
            List<TimmBlock[]> stages = [.. Blocks.Select(stage => Enumerable.Range(0, stage.Count)
                .Select(_ => new TimmBlock($"features.{index++}.conv", stage.Expansion != 1, WeighsChannels: false)).ToArray())];
            return [WeightNaming.Torchvision("features.1.conv.0.0.weight"), new TimmBlocks(stages, wrapsLast: false).WithHead($"features.{index}").Naming];
        }
    }

    private protected override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        int before = BackboneBuilder.MultipleOf8(32 * WidthMultiplier);
        LayerOutput x = builder.ConvolutionBlock("features.0", pixels, before, 3, 2, Activation.ReLU6);
        (int index, int stage) = (1, 1);
        builder.Begin("stage1");
        foreach ((int expansion, int channels, int count, int strides) in Blocks)
        {
            if (strides > 1)
            {
                builder.Begin($"stage{++stage}");
            }

            int after = BackboneBuilder.MultipleOf8(channels * WidthMultiplier);
            for (int block = 0; block < count; block++)
            {
                x = Block(builder, $"features.{index++}", x, before, expansion, after, block == 0 ? strides : 1);
                before = after;
            }
        }

        return builder.ConvolutionBlock($"features.{index}", x, BackboneBuilder.MultipleOf8(1280 * Math.Max(1, WidthMultiplier)), 1, 1, Activation.ReLU6);
    }

    private protected override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        LayerOutput x = builder.Apply("avgpool", new GlobalAveragePooling2D(), features);
        x = builder.Apply("classifier.0", new Dropout(0.2f), x);
        return builder.Apply("classifier.1", new Dense(Classes, kernelInitializer: new RandomNormal(0, 0.01f)), x);
    }

    private static LayerOutput Block(BackboneBuilder builder, string name, LayerOutput x, int before, int expansion, int after, int strides)
    {
        LayerOutput shortcut = x;
        int part = 0;
        if (expansion != 1)
        {
            x = builder.ConvolutionBlock($"{name}.conv.{part++}", x, expansion * before, 1, 1, Activation.ReLU6);
        }

        x = builder.ConvolutionBlock($"{name}.conv.{part++}", x, 0, 3, strides, Activation.ReLU6);
        x = builder.Convolution($"{name}.conv.{part++}", x, after, 1);
        x = builder.BatchNormalization($"{name}.conv.{part}", x);
        return strides == 1 && before == after ? builder.Apply($"{name}.add", new Add(), shortcut, x) : x;
    }
}
