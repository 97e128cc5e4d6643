namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>How <see cref="AUC"/> takes the area between two thresholds.</summary>
public enum AUCSummationMethod
{
    /// <summary>
    /// With the mean of both heights. Of the curve of precision and recall it is the true and the false positives that are
    /// taken to run evenly, not their ratio (Davis &amp; Goadrich 2006).
    /// </summary>
    Interpolation,

    /// <summary>With the larger height: an upper bound.</summary>
    Majoring,

    /// <summary>With the smaller height: a lower bound.</summary>
    Minoring,
}
