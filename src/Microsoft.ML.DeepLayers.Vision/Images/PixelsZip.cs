using System.Drawing;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>The settings of a <see cref="PixelLoadingTransformer"/> in its folder of a model zip.</summary>
internal static class PixelsZip
{
    /// <summary>How many images' pixels the bound of memory must have room for.</summary>
    private const int ImagesAtATime = 8;

    private const int MostWorkers = 1024;

    // *** Binary format *** (of Model.key, behind ML.NET's header)
    // string: output column; string: input column; int: height; int: width; int: fit; int: interpolation; float: crop fraction
    // int: background (ARGB); int: pad color (ARGB); string: folder; int: errors; long: most pixels; long: most bytes
    // bool: whether at reduced scale; int: workers, 0 for all cores
    internal static void Write(ModelFolderWriter folder, PixelLoadingOptions options)
    {
        BinaryWriter writer = folder.Header;
        writer.Write(options.OutputColumnName);
        writer.Write(options.InputName);
        writer.Write(options.ImageHeight);
        writer.Write(options.ImageWidth);
        writer.Write((int)options.Fit);
        writer.Write((int)options.Interpolation);
        writer.Write(options.CropFraction);
        writer.Write(options.Background.ToArgb());
        writer.Write(options.PadColor.ToArgb());
        writer.Write(options.ImageFolder);
        writer.Write((int)options.Errors);
        writer.Write(options.MaxPixels);
        writer.Write(options.MaxFileBytes);
        writer.Write(options.DecodeAtReducedScale);
        writer.Write(options.Workers ?? 0);
    }

    // *** Binary format ***: see Write.
    /// <exception cref="FormatException">The model is damaged, or of a newer version.</exception>
    internal static PixelLoadingOptions Read(ModelFolderReader folder) => folder.Read("The pixels of images", typeof(PixelsZip).Assembly, () =>
    {
        folder.CheckVersion(PixelsLoader.Version);
        BinaryReader reader = folder.Header;
        var options = new PixelLoadingOptions
        {
            OutputColumnName = reader.ReadString(),
            InputColumnName = reader.ReadString(),
            ImageHeight = reader.ReadInt32(),
            ImageWidth = reader.ReadInt32(),
            Fit = (ImageFit)reader.ReadInt32(),
            Interpolation = (ImageInterpolation)reader.ReadInt32(),
            CropFraction = reader.ReadSingle(),
            Background = Color.FromArgb(reader.ReadInt32()),
            PadColor = Color.FromArgb(reader.ReadInt32()),
            ImageFolder = reader.ReadString(),
            Errors = (ImageErrors)reader.ReadInt32(),
            MaxPixels = reader.ReadInt64(),
            MaxFileBytes = reader.ReadInt64(),
            DecodeAtReducedScale = reader.ReadBoolean(),
            Workers = reader.ReadInt32() is > 0 and int workers ? workers : null,
        };
        options.Validate();
        Check(options);
        return options;
    });

    /// <summary>Refuses settings that no application makes: a zip of a few bytes shall not decide about gigabytes or the network.</summary>
    /// <exception cref="InvalidDataException">A setting is refused.</exception>
    private static void Check(PixelLoadingOptions options)
    {
        ModelFileLimits limits = ModelFileLimits.Default;
        long bytes = 3L * options.ImageHeight * options.ImageWidth;
        if (bytes > limits.ScoringBytes / ImagesAtATime)
        {
            throw new InvalidDataException(
                $"images of {options.ImageHeight} by {options.ImageWidth} pixels take {bytes >> 20} MiB each, of which several are held at a time; {limits.ScoringBytes / ImagesAtATime >> 20} MiB are allowed. If the file is to be trusted, raise {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.ScoringBytes)}");
        }

        if (options.Workers > MostWorkers)
        {
            throw new InvalidDataException($"it asks for {options.Workers} threads; at most {MostWorkers} are allowed");
        }

        if (!limits.AllowNetworkFolders && options.ImageFolder is ['/' or '\\', '/' or '\\', ..])
        {
            throw new InvalidDataException(
                $"its images are in the network folder '{options.ImageFolder}'. If the file is to be trusted, set {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.AllowNetworkFolders)}");
        }
    }
}
