namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>How <see cref="R2Score"/> makes one number of the scores of a vector label's values.</summary>
public enum R2Aggregation
{
    /// <summary>Their mean.</summary>
    UniformAverage,

    /// <summary>Their mean, weighted by the variances of the label's values.</summary>
    VarianceWeightedAverage,
}
