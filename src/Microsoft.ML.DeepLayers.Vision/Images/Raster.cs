namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Decoded pixels: red, green, blue and one more byte each, row after row without gaps.</summary>
/// <param name="pixels">The memory.</param>
/// <param name="width">The width in pixels.</param>
/// <param name="height">The height in pixels.</param>
internal readonly unsafe struct Raster(byte* pixels, int width, int height)
{
    internal readonly byte* Pixels = pixels;
    internal readonly int Width = width;
    internal readonly int Height = height;

    internal Span<byte> Bytes => new(Pixels, checked(Width * Height * 4));
}
