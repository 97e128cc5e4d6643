using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// Resizes images of four bytes a pixel to three bytes a pixel: first along rows, then along columns, rounded to bytes in
/// between, as Pillow does it. The memory is kept from image to image.
/// </summary>
internal sealed unsafe class Resizer : IDisposable
{
    private const int BytesPerPixel = 4;
    private const int PixelsAtOnce = 4;

    private readonly FilterTaps horizontal = new();
    private readonly FilterTaps vertical = new();
    private readonly NativeBuffer rows = new();
    private readonly NativeBuffer line = new();

    /// <summary>Resizes an image into its place in the result.</summary>
    /// <param name="image">The image; it may be read 16 bytes beyond its end.</param>
    /// <param name="placement">What its sides become.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="target">The result, three bytes a pixel.</param>
    /// <param name="targetWidth">The width of the result.</param>
    internal void Resize(Raster image, ImagePlacement placement, ImageInterpolation interpolation, Span<byte> target, int targetWidth)
    {
        horizontal.Prepare(image.Width, placement.Horizontal, interpolation);
        vertical.Prepare(image.Height, placement.Vertical, interpolation);
        int count = placement.Horizontal.Count;
        byte* source = image.Pixels + ((long)vertical.First * image.Width * BytesPerPixel);
        long stride = (long)image.Width * BytesPerPixel;
        if (horizontal.IsIdentity)
        {
            source += placement.Horizontal.First * BytesPerPixel;
        }
        else
        {
            source = AlongRows(source, stride, count);
            stride = StrideOf(count);
        }

        byte* blended = line.Get(StrideOf(count));
        for (int y = 0; y < placement.Vertical.Count; y++)
        {
            byte* first = source + ((vertical.Starts[y] - vertical.First) * stride);
            Blend(first, stride, vertical.Weights.Slice(y * vertical.Stride, vertical.Counts[y]), blended, count);
            int start = (((placement.Vertical.Target + y) * targetWidth) + placement.Horizontal.Target) * 3;
            TakeColors(blended, target.Slice(start, count * 3));
        }

        rows.Release();
    }

    public void Dispose()
    {
        rows.Dispose();
        line.Dispose();
    }

    private static long StrideOf(int pixels) => (pixels + PixelsAtOnce - 1) / PixelsAtOnce * PixelsAtOnce * BytesPerPixel;

    /// <summary>Resizes the rows that are used; returns them.</summary>
    private byte* AlongRows(byte* source, long sourceStride, int count)
    {
        int height = vertical.End - vertical.First;
        long stride = StrideOf(count);
        byte* resized = rows.Get(height * stride);
        fixed (int* starts = horizontal.Starts, counts = horizontal.Counts)
        fixed (float* weights = horizontal.PairWeights)
        {
            for (int y = 0; y < height; y++)
            {
                byte* from = source + (y * sourceStride);
                uint* to = (uint*)(resized + (y * stride));
                float* weight = weights;
                for (int x = 0; x < count; x++)
                {
                    to[x] = Mean(from + (starts[x] * (long)BytesPerPixel), weight, (counts[x] + 1) / 2);
                    weight += horizontal.PairStride;
                }
            }
        }

        return resized;
    }

    /// <summary>The weighted mean of pixels, two at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mean(byte* pixels, float* weights, int pairs)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int i = 0; i < pairs; i++)
        {
            sum += Vector256.Load(weights) * Widen(pixels);
            weights += Vector256<float>.Count;
            pixels += 2 * BytesPerPixel;
        }

        Vector128<uint> rounded = Clamp(sum.GetLower() + sum.GetUpper() + Vector128.Create(0.5f));
        return Vector128.Narrow(Vector128.Narrow(rounded, rounded), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }

    /// <summary>The weighted mean of rows, four pixels at a time.</summary>
    private static void Blend(byte* first, long stride, ReadOnlySpan<float> weights, byte* target, int count)
    {
        for (int x = 0; x < count; x += PixelsAtOnce)
        {
            byte* from = first + (x * BytesPerPixel);
            Vector256<float> left = Vector256.Create(0.5f), right = left;
            foreach (float value in weights)
            {
                Vector256<float> weight = Vector256.Create(value);
                left += weight * Widen(from);
                right += weight * Widen(from + (2 * BytesPerPixel));
                from += stride;
            }

            Vector128<ushort> low = Vector128.Narrow(Clamp(left.GetLower()), Clamp(left.GetUpper()));
            Vector128<ushort> high = Vector128.Narrow(Clamp(right.GetLower()), Clamp(right.GetUpper()));
            Vector128.Narrow(low, high).Store(target + (x * BytesPerPixel));
        }
    }

    /// <summary>Red, green and blue of each pixel.</summary>
    private static void TakeColors(byte* pixels, Span<byte> target)
    {
        fixed (byte* to = target)
        {
            byte* end = to + target.Length;
            byte* next = to;
            if (Vector128.IsHardwareAccelerated)
            {
                Vector128<byte> colors = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
                for (; end - next >= Vector128<byte>.Count; next += 3 * PixelsAtOnce, pixels += BytesPerPixel * PixelsAtOnce)
                {
                    Vector128.Shuffle(Vector128.Load(pixels), colors).Store(next);
                }
            }

            for (; next < end; next += 3, pixels += BytesPerPixel)
            {
                (next[0], next[1], next[2]) = (pixels[0], pixels[1], pixels[2]);
            }
        }
    }

    /// <summary>Two pixels as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(byte* pixels)
    {
        if (Avx2.IsSupported)
        {
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(pixels));
        }

        Vector128<ushort> values = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(pixels)).AsByte());
        return Vector256.Create(
            Vector128.ConvertToSingle(Vector128.WidenLower(values).AsInt32()), Vector128.ConvertToSingle(Vector128.WidenUpper(values).AsInt32()));
    }

    /// <summary>Half has been added already, so that this rounds. Cubic weights may leave the range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Clamp(Vector128<float> values) =>
        Vector128.ConvertToInt32(Vector128.Min(Vector128.Max(values, Vector128<float>.Zero), Vector128.Create(255f))).AsUInt32();
}
