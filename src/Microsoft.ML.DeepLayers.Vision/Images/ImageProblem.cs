namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Why an image cannot be loaded; whoever knows which one it is makes an <see cref="ImageLoadException"/> of it.</summary>
internal sealed class ImageProblem(ImageDefect defect, string reason, Exception? innerException = null) : Exception(reason, innerException)
{
    internal ImageDefect Defect => defect;
}
