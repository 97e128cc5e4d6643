namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How pixels between pixels are computed. Both are antialiased: when an image is made smaller, each new pixel is a weighted
/// mean of all those that it covers, as Pillow and torchvision do it.
/// </summary>
public enum ImageInterpolation
{
    /// <summary>Weights fall linearly with the distance. The default, and what most published weights were trained with.</summary>
    Bilinear,

    /// <summary>Keys's cubic convolution with a = -0.5 (1981): sharper.</summary>
    Bicubic,
}
