namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Epoch">The number of the epoch.</param>
/// <param name="Batch">The number of batches of it that were learned.</param>
/// <param name="TotalBatches">The number of batches learned since training began.</param>
internal readonly record struct EpochPosition(int Epoch, long Batch, long TotalBatches);
