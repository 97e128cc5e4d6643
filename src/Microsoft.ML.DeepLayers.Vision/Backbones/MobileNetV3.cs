using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// MobileNetV3 (Howard et al. 2019, "Searching for MobileNetV3"), as torchvision defines it: blocks like MobileNetV2's, some of
/// which weigh their channels, with hard swish in the later ones.
/// <para>
/// Stages: <c>stem</c>, then one for each further halving of the images' size, <c>head</c>. With a
/// <see cref="Backbone.WidthMultiplier"/>, channels are rounded to multiples of 8.
/// </para>
/// <para>Weights: torchvision's <c>mobilenet_v3_large</c>, <c>mobilenet_v3_small</c>; files under timm's names, except for those of its <c>tf_</c> networks, which pad otherwise.</para>
/// </summary>
public abstract record MobileNetV3 : Backbone
{
    private protected MobileNetV3()
        : base(224)
    {
    }

    /// <summary>A block: its window, the channels within and after it, whether it weighs them, whether hard swish is its activation.</summary>
    private protected readonly record struct Block(int Size, int Expanded, int Channels, bool Squeezes, bool HardSwish, int Strides);

    private protected abstract Block[] Blocks { get; }

    /// <summary>The units of the first of the two dense layers at the top.</summary>
    private protected abstract int LastChannels { get; }

    private protected sealed override IReadOnlyList<WeightNaming> Namings
    {
        get
        {
            List<List<TimmBlock>> stages = [];
            (int index, int before) = (1, 16);
            foreach (Block block in Blocks)
            {
                // A stage ends where the number of channels changes.
                if (index == 1 || block.Channels != before)
                {
                    stages.Add([]);
                }

                stages[^1].Add(new TimmBlock($"features.{index++}.block", Multiplied(block.Expanded) != Multiplied(before), block.Squeezes));
                before = block.Channels;
            }

            TimmBlocks blocks = new TimmBlocks(stages, wrapsLast: true).WithDenseHead(stages.Count, $"features.{index}");
            return [WeightNaming.Torchvision("features.1.block.0.0.weight"), blocks.Naming with { Epsilon = 1e-5f }];
        }
    }

    private protected sealed override BackboneBuilder CreateBuilder() => new() { Epsilon = 1e-3f, Momentum = 0.99f };

    private protected sealed override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        int before = Multiplied(16);
        LayerOutput x = builder.ConvolutionBlock("features.0", pixels, before, 3, 2, Activation.HardSwish);
        (int index, int stage) = (1, 0);
        foreach (Block block in Blocks)
        {
            if (block.Strides > 1 || stage == 0)
            {
                builder.Begin($"stage{++stage}");
            }

            x = Apply(builder, $"features.{index++}", x, before, block);
            before = Multiplied(block.Channels);
        }

        return builder.ConvolutionBlock($"features.{index}", x, 6 * before, 1, 1, Activation.HardSwish);
    }

    private protected sealed override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        var initializer = new RandomNormal(0, 0.01f);
        LayerOutput x = builder.Apply("avgpool", new GlobalAveragePooling2D(), features);
        x = builder.Apply("classifier.0", new Dense(Multiplied(LastChannels), Activation.HardSwish, kernelInitializer: initializer), x);
        x = builder.Apply("classifier.2", new Dropout(0.2f), x);
        return builder.Apply("classifier.3", new Dense(Classes, kernelInitializer: initializer), x);
    }

    private LayerOutput Apply(BackboneBuilder builder, string name, LayerOutput x, int before, Block block)
    {
        Activation activation = block.HardSwish ? Activation.HardSwish : Activation.ReLU;
        LayerOutput shortcut = x;
        (int expanded, int after) = (Multiplied(block.Expanded), Multiplied(block.Channels));
        int part = 0;
        if (expanded != before)
        {
            x = builder.ConvolutionBlock($"{name}.block.{part++}", x, expanded, 1, 1, activation);
        }

        x = builder.ConvolutionBlock($"{name}.block.{part++}", x, 0, block.Size, block.Strides, activation);
        if (block.Squeezes)
        {
            x = builder.SqueezeExcitation(
                $"{name}.block.{part++}", x, expanded, BackboneBuilder.MultipleOf8(expanded / 4), Activation.ReLU, Activation.HardSigmoid);
        }

        x = builder.ConvolutionBlock($"{name}.block.{part}", x, after, 1, 1, null);
        return block.Strides == 1 && before == after ? builder.Apply($"{name}.add", new Add(), x, shortcut) : x;
    }

    private int Multiplied(int channels) => BackboneBuilder.MultipleOf8(channels * WidthMultiplier);
}

/// <summary>The large MobileNetV3: 5,483,032 parameters, 2,971,952 of them below the top.</summary>
public sealed record MobileNetV3Large : MobileNetV3
{
    private protected override Block[] Blocks =>
    [
        new(3, 16, 16, false, false, 1),
        new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1),
        new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1), new(5, 120, 40, true, false, 1),
        new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1),
        new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ];

    private protected override int LastChannels => 1280;
}

/// <summary>The small MobileNetV3: 2,542,856 parameters, 927,008 of them below the top.</summary>
public sealed record MobileNetV3Small : MobileNetV3
{
    private protected override Block[] Blocks =>
    [
        new(3, 16, 16, true, false, 2),
        new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1), new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1), new(5, 576, 96, true, true, 1),
    ];

    private protected override int LastChannels => 1024;
}
