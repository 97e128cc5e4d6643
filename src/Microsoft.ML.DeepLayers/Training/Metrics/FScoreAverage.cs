namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>How <see cref="F1Score"/> and <see cref="FBetaScore"/> make one number of the classes' scores.</summary>
public enum FScoreAverage
{
    /// <summary>The mean of the classes' scores.</summary>
    Macro,

    /// <summary>The score of all classes' counts together.</summary>
    Micro,

    /// <summary>The mean of the classes' scores, weighted by how often each class occurs.</summary>
    Weighted,
}
