using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Pictures of noise with a shape of one of three kinds at a random place, as bytes, and a network that learns them.</summary>
internal static class ShapeImages
{
    internal const int Size = 24;
    internal const int ShapeSize = 9;

    internal static readonly string[] Names = ["bars", "square", "stripes"];

    /// <summary>A column <c>Pixels</c> of bytes, a label <c>Shape</c> of texts, and where the shape is.</summary>
    internal static ShapeImage[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Paint(i % 3, random))];
    }

    /// <summary>A small convolutional network for bytes, without its output layer.</summary>
    internal static Sequential Network(params Layer[] first) =>
    [
        .. first, new Rescaling(1 / 255f), new Conv2D(12, 3, padding: Padding.Same, activation: Activation.ReLU), new MaxPooling2D(2),
        new Conv2D(24, 3, padding: Padding.Same, activation: Activation.ReLU), new Conv2D(24, 3, padding: Padding.Same, activation: Activation.ReLU),
        new GlobalAveragePooling2D(),
    ];

    /// <summary>The label as a key, the network, and the label's text back: a model as a user has it.</summary>
    internal static ITransformer Train(MLContext ml, Network network, NeuralNetworkOptions options, int count = 600)
    {
        options.LabelColumnName = "Label";
        options.FeatureColumnName = nameof(ShapeImage.Pixels);
        return ml.Transforms.Conversion.MapValueToKey("Label", nameof(ShapeImage.Shape), keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, options))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(ml.Data.LoadFromEnumerable(Make(count, seed: 1)));
    }

    private static ShapeImage Paint(int kind, Random random)
    {
        int top = random.Next(Size - ShapeSize + 1), left = random.Next(Size - ShapeSize + 1);
        byte[] pixels = new byte[Size * Size * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            int row = (i / 3 / Size) - top, column = (i / 3 % Size) - left;
            pixels[i] = (byte)(Covers(kind, row, column) ? 180 + random.Next(76) : random.Next(110));
        }

        return new ShapeImage { Pixels = pixels, Shape = Names[kind], Top = top, Left = left };
    }

    private static bool Covers(int kind, int row, int column)
    {
        if (row is < 0 or >= ShapeSize || column is < 0 or >= ShapeSize)
        {
            return false;
        }

        return kind switch
        {
            0 => column % 4 <= 1,
            1 => true,
            _ => row % 4 <= 1,
        };
    }
}

internal sealed class ShapeImage
{
    [VectorType(ShapeImages.Size, ShapeImages.Size, 3)]
    public byte[] Pixels { get; set; } = [];

    public string Shape { get; set; } = "";

    public int Top { get; set; }

    public int Left { get; set; }

    /// <summary>Whether a pixel is one of the square that the shape fills.</summary>
    public bool Contains((int Row, int Column) pixel) =>
        pixel.Row >= Top && pixel.Row < Top + ShapeImages.ShapeSize && pixel.Column >= Left && pixel.Column < Left + ShapeImages.ShapeSize;
}
