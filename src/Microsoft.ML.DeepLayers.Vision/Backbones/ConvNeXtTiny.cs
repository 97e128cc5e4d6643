using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// ConvNeXt-Tiny (Liu et al. 2022, "A ConvNet for the 2020s"), as torchvision defines it: 28,589,128 parameters, 27,820,128 of
/// them below the top. Blocks of a convolution of 7 × 7 of each channel alone and two dense layers at each pixel.
/// <para>
/// Stages: <c>stem</c>, <c>stage1</c> to <c>stage4</c> (at 1/4 to 1/32 of the images' size), <c>head</c>. The normalization
/// before the classification is part of the head, and stays where there is no top, as in Keras.
/// </para>
/// <para>Weights: torchvision's, timm's and the authors' <c>convnext_tiny</c>.</para>
/// </summary>
public sealed record ConvNeXtTiny : Backbone
{
    private const float Epsilon = 1e-6f;

    private static readonly int[] Blocks = [3, 3, 9, 3];
    private static readonly Initializer Initializer = new TruncatedNormal(0, 0.02f);

    private readonly float dropPathRate = 0.1f;

    /// <summary>Creates the backbone for images of 224 × 224.</summary>
    public ConvNeXtTiny()
        : base(224)
    {
    }

    /// <summary>
    /// With what probability the last block is skipped in training, an example at a time; earlier blocks with less, in
    /// proportion to their place. Default: 0.1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not within [0, 1).</exception>
    public float DropPathRate
    {
        get => dropPathRate;
        init => dropPathRate = BackboneBuilder.CheckRate(value, nameof(DropPathRate));
    }

    private protected override IReadOnlyList<WeightNaming> Namings => WeightNaming.ConvNeXt;

    private protected override BackboneBuilder CreateBuilder() => new() { KernelInitializer = Initializer };

    private protected override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        int channels = Scaled(96);
        LayerOutput x = builder.Convolution("features.0.0", pixels, channels, 4, strides: 4, useBias: true, padding: 0);
        x = builder.Apply("features.0.1", new LayerNormalization(epsilon: Epsilon), x);
        int done = 0;
        for (int stage = 0; stage < Blocks.Length; stage++)
        {
            builder.Begin($"stage{stage + 1}");
            if (stage > 0)
            {
                x = builder.Apply($"features.{2 * stage}.0", new LayerNormalization(epsilon: Epsilon), x);
                x = builder.Convolution($"features.{2 * stage}.1", x, channels << stage, 2, strides: 2, useBias: true, padding: 0);
            }

            for (int block = 0; block < Blocks[stage]; block++)
            {
                float rate = DropPathRate * done++ / (Blocks.Sum() - 1);
                x = Block(builder, $"features.{(2 * stage) + 1}.{block}", x, channels << stage, rate);
            }
        }

        return x;
    }

    private protected override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        LayerOutput x = Normalize(builder, builder.Apply("avgpool", new GlobalAveragePooling2D(), features));
        return builder.Apply("classifier.2", new Dense(Classes, kernelInitializer: Initializer), x);
    }

    private protected override LayerOutput Pool(BackboneBuilder builder, LayerOutput features) => Normalize(builder, base.Pool(builder, features));

    private static LayerOutput Normalize(BackboneBuilder builder, LayerOutput x) =>
        builder.Apply("classifier.0", new LayerNormalization(epsilon: Epsilon), x);

    private static LayerOutput Block(BackboneBuilder builder, string name, LayerOutput x, int channels, float rate)
    {
        LayerOutput branch = builder.DepthwiseConvolution($"{name}.block.0", x, 7, useBias: true);
        branch = builder.Apply($"{name}.block.2", new LayerNormalization(epsilon: Epsilon), branch);
        branch = builder.Apply($"{name}.block.3", new Dense(4 * channels, Activation.GELU, kernelInitializer: Initializer), branch);
        branch = builder.Apply($"{name}.block.5", new Dense(channels, kernelInitializer: Initializer), branch);
        branch = builder.Apply($"{name}.layer_scale", new LayerScale(1e-6f), branch);
        return builder.Residual(name, branch, x, rate);
    }
}
