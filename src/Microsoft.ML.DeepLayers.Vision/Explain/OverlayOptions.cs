namespace Microsoft.ML.DeepLayers;

/// <summary>How a heat map is laid over a picture.</summary>
public sealed record OverlayOptions
{
    /// <summary>The colors. Default: <see cref="HeatMapColors.Turbo"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such colors.</exception>
    public HeatMapColors Colors
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There are no such colors.");
    }

    /// <summary>
    /// How much of the color covers the picture where the map is 1; where it is 0, the picture stays as it is. Within 0 and 1.
    /// Default: 0.6.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not within 0 and 1.</exception>
    public float Opacity
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The opacity must be within 0 and 1.");
    } = 0.6f;

    /// <summary>
    /// How the picture was brought to the size that the network reads: the map lies over what the network saw of it. Default:
    /// <see cref="ImageFit.Crop"/>, as <c>LoadPixels</c> and ML.NET's <c>ResizeImages</c> do by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way.</exception>
    public ImageFit Fit
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "There is no such way to fit pictures.");
    }

    /// <summary>
    /// With <see cref="ImageFit.Crop"/>, the part of the picture's shorter side that the network saw, above 0 up to 1:
    /// <see cref="PixelLoadingOptions.CropFraction"/>. Default: 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0 and at most 1.</exception>
    public float CropFraction
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The fraction must be above 0 and at most 1.");
    } = 1;

    internal static OverlayOptions Default { get; } = new();
}
