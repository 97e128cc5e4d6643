using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the augmentations that change the values of pixels have in common: they know the range of those values.</summary>
public abstract record ColorAugmentation : ImageAugmentation
{
    private protected ColorAugmentation(FloatRange? valueRange) => ValueRange = FloatRange.Pixels(valueRange, nameof(valueRange));

    /// <summary>The range of pixel values.</summary>
    public FloatRange? ValueRange { get; }

    private protected float Darkest => ValueRange!.Value.Lower;

    private protected float Brightest => ValueRange!.Value.Upper;

    /// <summary>The width of the range of pixel values.</summary>
    private protected double Span => (double)Brightest - Darkest;

    /// <summary>Cuts off what has left the range of pixel values.</summary>
    private protected Tensor Clip(Tensor images) => images.Clip(Darkest, Brightest);
}
