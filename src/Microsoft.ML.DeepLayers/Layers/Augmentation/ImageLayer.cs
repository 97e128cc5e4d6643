using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the layers over images have in common: their input is <c>[height, width, channels]</c>.</summary>
public abstract record ImageLayer : SingleInputLayer
{
    private protected ImageLayer()
    {
    }

    /// <summary>The channels that the layer needs; <see langword="null"/> for any number.</summary>
    private protected virtual int? Channels => null;

    /// <summary>Checks that an input is an image.</summary>
    private protected Shape Check(Shape input) => input.Rank == 3 && !input.HasVariableLength && (Channels is null || input[-1] == Channels)
        ? input
        : throw new LayerShapeException(this, [input], Channels is { } channels ? $"images [height, width, {channels}]" : "images [height, width, channels]");

    private protected static void CheckDefined<T>(T value, string parameter)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(parameter, value, $"There is no such {typeof(T).Name}.");
        }
    }

    /// <summary>A number for each image, uniform in a range, to multiply with its pixels: <c>[batch, 1, 1, 1]</c>.</summary>
    private protected static Tensor Draw(Tensor images, FloatRange range, Generator generator) =>
        empty([images.shape[0], 1, 1, 1], images.dtype, images.device).uniform_(range.Lower, range.Upper, generator);

    /// <summary>Whether something happens to each image, with a probability that is itself uniform in a range: <c>[batch, 1, 1, 1]</c>.</summary>
    private protected static Tensor Chance(Tensor images, FloatRange probability, Generator generator) =>
        Draw(images, new FloatRange(0, 1), generator).lt(Draw(images, probability, generator));
}
