using System.Drawing;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>The settings of a <see cref="PixelLoadingTransformer"/> in its folder of a model zip.</summary>
internal static class PixelsZip
{
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
        return options;
    });
}
