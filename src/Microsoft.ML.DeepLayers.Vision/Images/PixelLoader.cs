using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Makes pixels of images, one at a time, in memory that is kept. Each thread has one of its own.</summary>
internal sealed unsafe class PixelLoader : IDisposable
{
    private readonly PixelsSchema schema;
    private readonly PixelLoadingOptions options;
    private readonly ImageDecoder decoder;
    private readonly Resizer resizer = new();
    private readonly NativeBuffer file = new();
    private readonly RasterUser resize;
    private byte[] target = [];

    internal PixelLoader(PixelsSchema schema)
    {
        this.schema = schema;
        options = schema.Options;
        decoder = new ImageDecoder(options);
        resize = Resize;
    }

    /// <summary>Loads what a slot holds.</summary>
    /// <exception cref="ImageLoadException">It cannot be loaded.</exception>
    internal void Load(ImageSlot slot)
    {
        try
        {
            target = slot.Pixels;
            Decode(slot);
        }
        catch (ImageProblem problem)
        {
            throw new ImageLoadException(slot.Name, problem.Defect, problem.Message, innerException: problem.InnerException);
        }
        catch (OutOfMemoryException exception)
        {
            throw new ImageLoadException(slot.Name, ImageDefect.TooLarge, "there is not enough memory to decode it", innerException: exception);
        }
        finally
        {
            file.Release();
            slot.ReleaseInput();
        }
    }

    public void Dispose()
    {
        decoder.Dispose();
        resizer.Dispose();
        file.Dispose();
    }

    private void Decode(ImageSlot slot)
    {
        switch (schema.Kind)
        {
            case ImageKind.Path when slot.Path.Length == 0:
                throw new ImageProblem(ImageDefect.Unreadable, "the path is empty");
            case ImageKind.Path:
                decoder.Decode(ImageFile.Read(slot.Path, options.MaxFileBytes, file), resize);
                break;
            case ImageKind.Encoded:
                decoder.Decode(Dense(ref slot.Encoded), resize);
                break;
            default:
                Decode(slot.Image);
                break;
        }
    }

    private ReadOnlySpan<byte> Dense(ref VBuffer<byte> encoded)
    {
        if (encoded.IsDense)
        {
            return encoded.GetValues();
        }

        var dense = new Span<byte>(file.Get(encoded.Length), encoded.Length);
        encoded.CopyTo(dense);
        return dense;
    }

    private void Decode(MemoryImage image)
    {
        if (image.Length == 0)
        {
            throw new ImageProblem(ImageDefect.Unreadable, "it is null");
        }

        decoder.CheckSize(image.Width, image.Height);
        var raster = new Raster(file.Get(image.Length), image.Width, image.Height);
        Span<byte> pixels = raster.Bytes;
        image.Pixels.CopyTo(pixels);
        if (image.IsBlueFirst)
        {
            for (int i = 0; i < pixels.Length; i += 4)
            {
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
            }
        }

        decoder.LayOverBackground(pixels, isPremultiplied: true);
        Resize(raster, ImagePlacement.Of(options, raster.Height, raster.Width));
    }

    private void Resize(Raster image, ImagePlacement placement)
    {
        bool isCovered = placement.Vertical.Count == options.ImageHeight && placement.Horizontal.Count == options.ImageWidth;
        if (!isCovered)
        {
            Pad();
        }

        resizer.Resize(image, placement, options.Interpolation, target, options.ImageWidth);
    }

    private void Pad()
    {
        (byte red, byte green, byte blue) = (options.PadColor.R, options.PadColor.G, options.PadColor.B);
        for (int i = 0; i < target.Length; i += 3)
        {
            (target[i], target[i + 1], target[i + 2]) = (red, green, blue);
        }
    }
}
