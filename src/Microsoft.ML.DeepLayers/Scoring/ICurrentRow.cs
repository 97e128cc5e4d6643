namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Which of the rows that a cursor has read ahead is the current one.</summary>
internal interface ICurrentRow
{
    /// <summary>Its place among those that are kept.</summary>
    /// <exception cref="InvalidOperationException">The cursor stands on no row.</exception>
    int Index { get; }
}
