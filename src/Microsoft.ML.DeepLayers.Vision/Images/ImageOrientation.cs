using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Turns and mirrors pixels as a camera has noted that they should be.</summary>
internal static unsafe class ImageOrientation
{
    /// <summary>Pixels are moved in squares, so that neither reading nor writing leaves the processor's caches.</summary>
    private const int Block = 32;

    /// <summary>Whether height and width change places.</summary>
    internal static bool SwapsSides(SKEncodedOrigin origin) => origin
        is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>The image as it is to be seen.</summary>
    /// <param name="image">The image as it is in the file.</param>
    /// <param name="origin">Where its first row and its first column are to be.</param>
    /// <param name="buffer">Memory for the result, if it is another one.</param>
    internal static Raster Apply(Raster image, SKEncodedOrigin origin, NativeBuffer buffer)
    {
        bool isSwapped = SwapsSides(origin);
        (bool mirrorsRows, bool mirrorsColumns) = origin switch
        {
            // Which way the rows and the columns of the file are to be walked.
            SKEncodedOrigin.TopRight => (false, true),
            SKEncodedOrigin.BottomRight => (true, true),
            SKEncodedOrigin.BottomLeft => (true, false),
            SKEncodedOrigin.RightTop => (true, false),
            SKEncodedOrigin.RightBottom => (true, true),
            SKEncodedOrigin.LeftBottom => (false, true),
            _ => (false, false),
        };
        if (!isSwapped && !mirrorsRows && !mirrorsColumns)
        {
            return image;
        }

        (int width, int height) = isSwapped ? (image.Height, image.Width) : (image.Width, image.Height);
        uint* to = (uint*)buffer.Get((long)width * height * sizeof(uint));
        // One step to the right, and one step down, in the file.
        long right = isSwapped ? image.Width : 1, down = isSwapped ? 1 : image.Width;
        uint* from = (uint*)image.Pixels
            + (mirrorsRows ? (image.Height - 1L) * image.Width : 0) + (mirrorsColumns ? image.Width - 1 : 0);
        right *= (isSwapped ? mirrorsRows : mirrorsColumns) ? -1 : 1;
        down *= (isSwapped ? mirrorsColumns : mirrorsRows) ? -1 : 1;
        for (int top = 0; top < height; top += Block)
        {
            for (int left = 0; left < width; left += Block)
            {
                for (int y = top; y < Math.Min(height, top + Block); y++)
                {
                    for (int x = left; x < Math.Min(width, left + Block); x++)
                    {
                        to[((long)y * width) + x] = from[(y * down) + (x * right)];
                    }
                }
            }
        }

        return new Raster((byte*)to, width, height);
    }
}
