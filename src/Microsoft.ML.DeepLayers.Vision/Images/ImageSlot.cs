using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>What the column of images has in one row, kept until it has been decoded, and the pixels that it becomes.</summary>
/// <param name="size">The number of bytes of its pixels.</param>
/// <param name="loaders">What decodes it.</param>
internal sealed class ImageSlot(int size, PixelLoaders loaders) : QueuedWork
{
    /// <summary>A file of more bytes is not kept longer than it must be.</summary>
    private const int MostKept = 1 << 20;

    /// <summary>The pixels, once they are there.</summary>
    internal byte[] Pixels { get; } = new byte[size];

    /// <summary>What messages call the image.</summary>
    internal string Name { get; set; } = "";

    /// <summary>The path, if the column has paths.</summary>
    internal string Path { get; set; } = "";

    /// <summary>The file, if the column has encoded files.</summary>
    internal ref VBuffer<byte> Encoded => ref encoded;

    /// <summary>The pixels of an image of ML.NET's.</summary>
    internal MemoryImage Image { get; set; }

    /// <summary>The bytes that wait to be decoded.</summary>
    internal long InputBytes { get; set; }

    private VBuffer<byte> encoded;

    /// <summary>Decodes it.</summary>
    protected override void Execute() => loaders.Load(this);

    /// <summary>Forgets what has been decoded.</summary>
    internal void ReleaseInput()
    {
        Image.Release();
        Image = default;
        if (encoded.Length > MostKept)
        {
            encoded = default;
        }
    }
}
