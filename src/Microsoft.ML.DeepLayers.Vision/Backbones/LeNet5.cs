using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition"), in the form in which it is commonly
/// written today: convolutions of 5 × 5 with 6 and 16 channels, hyperbolic tangents, average pooling, dense layers of 120 and
/// 84 units, and 10 classes: 61,706 parameters. (The paper's pooling has weights, its second convolution leaves out some
/// connections, and its output compares with drawn digits.)
/// <para>
/// Images of 32 × 32 with one channel, or, as those of MNIST, of 28 × 28, which are surrounded by two pixels of zeros. The
/// first layer divides by 255.
/// </para>
/// <para>Stages: <c>stem</c>, <c>stage2</c>, <c>head</c>. No weights are published.</para>
/// </summary>
/// <example><c>new LeNet5 { Height = 28, Width = 28 }.ToNetwork()</c>.</example>
public sealed record LeNet5 : Backbone
{
    private readonly int channels = 1;

    /// <summary>Creates the backbone for grey images of 32 × 32 and 10 classes.</summary>
    public LeNet5()
        : base(32) => Classes = 10;

    /// <summary>The number of channels of the images: 1 for grey (the default), 3 for colour.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int Channels
    {
        get => channels;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Channels));
            channels = value;
        }
    }

    private protected override IReadOnlyList<WeightNaming> Namings => [new WeightNaming("PyTorch", "conv1.weight", name => name)];

    private protected override int InputChannels => Channels;

    private protected override Layer CreatePreprocessing() => new Rescaling(1f / 255);

    private protected override LayerOutput Features(BackboneBuilder builder, LayerOutput pixels)
    {
        bool isSmall = Height == 28 && Width == 28;
        LayerOutput x = builder.Apply("conv1", new Conv2D(Scaled(6), 5, padding: isSmall ? Padding.Same : Padding.Valid, activation: Activation.Tanh), pixels);
        x = builder.Apply("pool1", new AveragePooling2D(2), x);
        builder.Begin("stage2");
        x = builder.Apply("conv2", new Conv2D(Scaled(16), 5, activation: Activation.Tanh), x);
        return builder.Apply("pool2", new AveragePooling2D(2), x);
    }

    private protected override LayerOutput Top(BackboneBuilder builder, LayerOutput features)
    {
        LayerOutput x = builder.Apply("flatten", new Flatten(), features);
        x = builder.Apply("fc1", new Dense(Scaled(120), Activation.Tanh), x);
        x = builder.Apply("fc2", new Dense(Scaled(84), Activation.Tanh), x);
        return builder.Apply("fc3", new Dense(Classes), x);
    }
}
