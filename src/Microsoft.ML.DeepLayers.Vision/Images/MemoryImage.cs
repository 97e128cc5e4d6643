using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>A copy of an image of ML.NET's, whose owner may dispose it as soon as the next one is asked for.</summary>
internal readonly struct MemoryImage
{
    private readonly byte[]? pixels;

    internal MemoryImage(MLImage image)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        (Width, Height, IsBlueFirst) = (image.Width, image.Height, image.PixelFormat == MLPixelFormat.Bgra32);
        ReadOnlySpan<byte> source = image.Pixels;
        pixels = ArrayPool<byte>.Shared.Rent(source.Length);
        Length = source.Length;
        source.CopyTo(pixels);
    }

    internal int Width { get; }

    internal int Height { get; }

    /// <summary>Whether blue comes first and red third.</summary>
    internal bool IsBlueFirst { get; }

    /// <summary>The number of bytes: four a pixel, colors multiplied by alpha.</summary>
    internal int Length { get; }

    internal ReadOnlySpan<byte> Pixels => pixels.AsSpan(0, Length);

    internal void Release()
    {
        if (pixels is not null)
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }
}
