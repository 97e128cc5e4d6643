namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The curve that <see cref="AUC"/> takes the area under.</summary>
public enum AUCCurve
{
    /// <summary>Recall over the false positive rate (receiver operating characteristic).</summary>
    ROC,

    /// <summary>Precision over recall.</summary>
    PR,
}
