using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// VGG-16 (Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition", configuration
/// D), as torchvision defines it: 138,357,544 parameters, 14,714,688 of them below the top. Its features are brought to 7 × 7
/// for the dense layers, whatever the images' size.
/// <para>
/// Stages: <c>stem</c>, <c>stage2</c> to <c>stage5</c>, each of convolutions and a pooling (at 1/2 to 1/32 of the images'
/// size), <c>head</c>.
/// </para>
/// <para>Weights: torchvision's <c>vgg16</c> (not <c>vgg16_bn</c>).</para>
/// </summary>
public sealed record VGG16 : Backbone
{
    private static readonly int[][] Stages = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

    /// <summary>Creates the backbone for images of 224 × 224.</summary>
    public VGG16()
        : base(224)
    {
    }

    private protected override IReadOnlyList<WeightNaming> Namings => [WeightNaming.Torchvision("features.0.weight")];

    private protected override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        LayerOutput x = pixels;
        int index = 0;
        for (int stage = 0; stage < Stages.Length; stage++)
        {
            if (stage > 0)
            {
                builder.Begin($"stage{stage + 1}");
            }

            foreach (int channels in Stages[stage])
            {
                x = builder.Convolution($"features.{index}", x, Scaled(channels), 3, useBias: true);
                x = builder.Activation($"features.{index + 1}", x, Activation.ReLU);
                index += 2;
            }

            x = builder.Apply($"features.{index++}", new MaxPooling2D(2), x);
        }

        return x;
    }

    private protected override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        var initializer = new RandomNormal(0, 0.01f);
        LayerOutput x = (Height / 32, Width / 32) is (7, 7) ? features : builder.Apply("avgpool", new AdaptiveAveragePooling2D(7), features);
        x = builder.Apply("flatten", new Flatten(), x);
        for (int index = 0; index < 6; index += 3)
        {
            x = builder.Apply($"classifier.{index}", new Dense(Scaled(4096), Activation.ReLU, kernelInitializer: initializer), x);
            x = builder.Apply($"classifier.{index + 2}", new Dropout(0.5f), x);
        }

        return builder.Apply("classifier.6", new Dense(Classes, kernelInitializer: initializer), x);
    }
}
