namespace Microsoft.ML.DeepLayers;

/// <summary>The colors of a heat map.</summary>
public enum HeatMapColors
{
    /// <summary>From dark blue over green and yellow to red: a rainbow without the bands and dark spots of older ones (A. Mikhailov 2019).</summary>
    Turbo,

    /// <summary>From dark violet over green to yellow, each step as large to the eye, also of the color blind (S. van der Walt, N. Smith 2015).</summary>
    Viridis,

    /// <summary>From black over red to yellow, each step as large to the eye (S. van der Walt, N. Smith 2015).</summary>
    Inferno,
}
