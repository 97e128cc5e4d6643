namespace Microsoft.ML.DeepLayers.Images;

/// <summary>A row of a list of images.</summary>
internal sealed class LabeledImage
{
    public string ImagePath { get; init; } = "";

    public string Label { get; init; } = "";
}
