using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// Residual networks (He et al. 2016, "Deep residual learning for image recognition"), as torchvision defines them: a
/// bottleneck has its stride in the convolution of 3 × 3 ("v1.5").
/// <para>Stages: <c>stem</c>, <c>layer1</c> to <c>layer4</c> (at 1/4 to 1/32 of the images' size), <c>head</c>.</para>
/// <para>Weights: torchvision's and timm's <c>resnet18</c>, <c>resnet34</c>, <c>resnet50</c>. Keras has another variant of ResNet50.</para>
/// </summary>
public abstract record ResNet : Backbone
{
    private protected ResNet()
        : base(224)
    {
    }

    /// <summary>The number of blocks of each stage.</summary>
    private protected abstract int[] Blocks { get; }

    /// <summary>Whether a block narrows its channels before the convolution of 3 × 3, and widens them after it.</summary>
    private protected virtual bool HasBottlenecks => false;

    private protected sealed override IReadOnlyList<WeightNaming> Namings => [WeightNaming.Torchvision("layer1.0.conv1.weight")];

    private protected sealed override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        int channels = Scaled(64);
        LayerOutput x = builder.Convolution("conv1", pixels, channels, 7, strides: 2);
        x = builder.BatchNormalization("bn1", x);
        x = builder.Activation("relu", x, Activation.ReLU);
        // No value is below 0 here, so that zeros around the image are never the largest.
        x = builder.Apply("maxpool.pad", new ZeroPadding2D(1), x);
        x = builder.Apply("maxpool", new MaxPooling2D(3, strides: 2), x);
        int[] blocks = Blocks;
        int width = HasBottlenecks ? 4 * channels : channels;
        int before = channels;
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            builder.Begin($"layer{stage + 1}");
            for (int block = 0; block < blocks[stage]; block++)
            {
                int strides = stage > 0 && block == 0 ? 2 : 1;
                x = Block(builder, $"layer{stage + 1}.{block}", x, channels << stage, width << stage, strides, strides > 1 || before != width << stage);
                before = width << stage;
            }
        }

        return x;
    }

    private protected sealed override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        LayerOutput x = builder.Apply("avgpool", new GlobalAveragePooling2D(), features);
        return builder.Apply("fc", new Dense(Classes, kernelInitializer: BackboneBuilder.LinearInitializer), x);
    }

    private LayerOutput Block(BackboneBuilder builder, string name, LayerOutput x, int channels, int width, int strides, bool isProjected)
    {
        LayerOutput shortcut = x;
        if (isProjected)
        {
            shortcut = builder.Convolution($"{name}.downsample.0", x, width, 1, strides);
            shortcut = builder.BatchNormalization($"{name}.downsample.1", shortcut);
        }

        (int Filters, int Size, int Strides)[] convolutions = HasBottlenecks
            ? [(channels, 1, 1), (channels, 3, strides), (width, 1, 1)]
            : [(channels, 3, strides), (channels, 3, 1)];
        for (int i = 1; i <= convolutions.Length; i++)
        {
            (int filters, int size, int stride) = convolutions[i - 1];
            x = builder.Convolution($"{name}.conv{i}", x, filters, size, stride);
            x = builder.BatchNormalization($"{name}.bn{i}", x);
            x = i < convolutions.Length ? builder.Activation($"{name}.relu{i}", x, Activation.ReLU) : x;
        }

        x = builder.Apply($"{name}.add", new Add(), x, shortcut);
        return builder.Activation($"{name}.relu{convolutions.Length}", x, Activation.ReLU);
    }
}

/// <summary>ResNet of 18 layers: 11,689,512 parameters, 11,176,512 of them below the top.</summary>
/// <example><c>new ResNet18 { Height = 128, Width = 128, IncludeTop = false, Pooling = FeaturePooling.Average }.ToNetwork()</c>.</example>
public sealed record ResNet18 : ResNet
{
    private protected override int[] Blocks => [2, 2, 2, 2];
}

/// <summary>ResNet of 34 layers: 21,797,672 parameters, 21,284,672 of them below the top.</summary>
public sealed record ResNet34 : ResNet
{
    private protected override int[] Blocks => [3, 4, 6, 3];
}

/// <summary>ResNet of 50 layers, with bottlenecks: 25,557,032 parameters, 23,508,032 of them below the top.</summary>
public sealed record ResNet50 : ResNet
{
    private protected override int[] Blocks => [3, 4, 6, 3];

    private protected override bool HasBottlenecks => true;
}
