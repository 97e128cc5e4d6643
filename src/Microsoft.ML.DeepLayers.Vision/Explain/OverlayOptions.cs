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
    /// Whether the network saw the largest part in the middle of the picture that has its ratio of sides, rather than the whole
    /// picture stretched to its size. Default: <see langword="false"/>.
    /// </summary>
    public bool Cropped { get; init; }

    internal static OverlayOptions Default { get; } = new();
}
