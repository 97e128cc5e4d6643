namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>How far a download is.</summary>
/// <param name="Bytes">The bytes that are there, those of an earlier attempt included.</param>
/// <param name="TotalBytes">All bytes of the file; <see langword="null"/> where the server does not say.</param>
public readonly record struct WeightDownloadProgress(long Bytes, long? TotalBytes);
