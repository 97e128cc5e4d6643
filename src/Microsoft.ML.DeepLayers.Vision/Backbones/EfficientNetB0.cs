using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// EfficientNet-B0 (Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks"), as
/// torchvision defines it: 5,288,548 parameters, 4,007,548 of them below the top. Blocks like MobileNetV3's, all of which
/// weigh their channels, with SiLU.
/// <para>
/// Stages: <c>stem</c>, <c>stage1</c> to <c>stage5</c> (at 1/2 to 1/32 of the images' size), <c>head</c>. With a
/// <see cref="Backbone.WidthMultiplier"/>, channels are rounded to multiples of 8.
/// </para>
/// <para>Weights: torchvision's <c>efficientnet_b0</c>; files under timm's names.</para>
/// </summary>
public sealed record EfficientNetB0 : Backbone
{
    /// <summary>By what blocks widen, their window, their output channels, how many there are, and the strides of the first.</summary>
    private static readonly (int Expansion, int Size, int Channels, int Count, int Strides)[] Groups =
        [(1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2), (6, 5, 112, 3, 1), (6, 5, 192, 4, 2), (6, 3, 320, 1, 1)];

    private readonly float dropPathRate = 0.2f;

    /// <summary>Creates the backbone for images of 224 × 224.</summary>
    public EfficientNetB0()
        : base(224)
    {
    }

    /// <summary>
    /// With what probability the last block with a shortcut is skipped in training, an example at a time; earlier blocks with
    /// less, in proportion to their place. Default: 0.2.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not within [0, 1).</exception>
    public float DropPathRate
    {
        get => dropPathRate;
        init => dropPathRate = BackboneBuilder.CheckRate(value, nameof(DropPathRate));
    }

    private protected override IReadOnlyList<WeightNaming> Namings =>
    [
        WeightNaming.Torchvision("features.1.0.block.0.0.weight"),
        new TimmBlocks(
            Groups.Select((group, index) => Enumerable.Range(0, group.Count)
                .Select(block => new TimmBlock($"features.{index + 1}.{block}.block", group.Expansion != 1, WeighsChannels: true)).ToArray()),
            wrapsLast: true).WithHead($"features.{Groups.Length + 1}").Naming,
    ];

    private protected override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        int before = Multiplied(32);
        LayerOutput x = builder.ConvolutionBlock("features.0", pixels, before, 3, 2, Activation.SiLU);
        (int stage, int done, int total) = (1, 0, Groups.Sum(group => group.Count));
        builder.Begin("stage1");
        for (int group = 0; group < Groups.Length; group++)
        {
            (int expansion, int size, int channels, int count, int strides) = Groups[group];
            if (strides > 1)
            {
                builder.Begin($"stage{++stage}");
            }

            for (int block = 0; block < count; block++)
            {
                float rate = DropPathRate * done++ / total;
                x = Block(builder, $"features.{group + 1}.{block}", x, before, expansion, size, Multiplied(channels), block == 0 ? strides : 1, rate);
                before = Multiplied(channels);
            }
        }

        return builder.ConvolutionBlock($"features.{Groups.Length + 1}", x, 4 * before, 1, 1, Activation.SiLU);
    }

    private protected override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        LayerOutput x = builder.Apply("avgpool", new GlobalAveragePooling2D(), features);
        x = builder.Apply("classifier.0", new Dropout(0.2f), x);
        var initializer = new VarianceScaling(1f / 3, FanMode.FanOut, InitializerDistribution.Uniform);
        return builder.Apply("classifier.1", new Dense(Classes, kernelInitializer: initializer), x);
    }

    private static LayerOutput Block(
        BackboneBuilder builder, string name, LayerOutput x, int before, int expansion, int size, int after, int strides, float rate)
    {
        LayerOutput shortcut = x;
        int expanded = BackboneBuilder.MultipleOf8(expansion * before);
        int part = 0;
        if (expanded != before)
        {
            x = builder.ConvolutionBlock($"{name}.block.{part++}", x, expanded, 1, 1, Activation.SiLU);
        }

        x = builder.ConvolutionBlock($"{name}.block.{part++}", x, 0, size, strides, Activation.SiLU);
        x = builder.SqueezeExcitation($"{name}.block.{part++}", x, expanded, Math.Max(1, before / 4), Activation.SiLU, Activation.Sigmoid);
        x = builder.ConvolutionBlock($"{name}.block.{part}", x, after, 1, 1, null);
        return strides == 1 && before == after ? builder.Residual(name, x, shortcut, rate) : x;
    }

    private int Multiplied(int channels) => BackboneBuilder.MultipleOf8(channels * WidthMultiplier);
}
