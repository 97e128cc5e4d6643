namespace Microsoft.ML.DeepLayers;

/// <summary>How the value between pixels is found.</summary>
public enum Interpolation
{
    /// <summary>The weighted mean of the four pixels around it.</summary>
    Bilinear,

    /// <summary>The nearest pixel.</summary>
    Nearest,
}
