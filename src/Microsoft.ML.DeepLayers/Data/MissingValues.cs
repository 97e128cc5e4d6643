namespace Microsoft.ML.DeepLayers;

/// <summary>What training does with a row whose features, label or weight are missing (NaN, infinite, key 0).</summary>
public enum MissingValues
{
    /// <summary>Stop with an error that names the column and the row. The default.</summary>
    Error,

    /// <summary>Leave the row out; how many were left out is logged.</summary>
    Skip,
}
