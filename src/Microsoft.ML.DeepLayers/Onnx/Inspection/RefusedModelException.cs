namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>The reason why a model of unknown origin is not opened. Its readers add the file and throw <see cref="FormatException"/>.</summary>
/// <param name="message">The reason, as the end of a sentence.</param>
internal sealed class RefusedModelException(string message) : Exception(message);
