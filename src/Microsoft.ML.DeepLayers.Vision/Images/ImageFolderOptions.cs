namespace Microsoft.ML.DeepLayers;

/// <summary>The settings of <c>mlContext.Data.LoadImageFolder</c>.</summary>
public sealed class ImageFolderOptions
{
    /// <summary>The column of paths (text). Default: <c>ImagePath</c>.</summary>
    public string ImagePathColumnName { get; set; } = "ImagePath";

    /// <summary>The column of classes (text): the names of the folders. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// Which files are images, by their extensions in any case; others are passed over. Default: <c>.jpg</c>, <c>.jpeg</c>,
    /// <c>.png</c>, <c>.gif</c>, <c>.webp</c> and <c>.bmp</c>.
    /// </summary>
    public IReadOnlyList<string> Extensions { get; set; } = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"];

    /// <summary>
    /// What happens to what can be told to be bad without decoding: empty files, files of more than <see cref="MaxFileBytes"/>,
    /// folders that cannot be read. Whether an image can be decoded shows when it is: see
    /// <see cref="PixelLoadingOptions.Errors"/>. Default: <see cref="ImageErrors.Fail"/>.
    /// </summary>
    public ImageErrors Errors { get; set; } = ImageErrors.Fail;

    /// <summary>The most bytes that a file may have. Default: 256 MiB.</summary>
    public long MaxFileBytes { get; set; } = 256L << 20;

    /// <summary>How many images of each class are taken, the first ones, e.g. to try something out. Default: all.</summary>
    public int? MaxImagesPerClass { get; set; }

    /// <exception cref="ArgumentException">A setting is not possible.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ImagePathColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        ArgumentNullException.ThrowIfNull(Extensions);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxImagesPerClass ?? 1, 1, nameof(MaxImagesPerClass));
        if (Extensions.Count == 0 || Extensions.Any(extension => extension is null || !extension.StartsWith('.')))
        {
            throw new ArgumentException($"{nameof(ImageFolderOptions)}.{nameof(Extensions)}: each begins with a dot, e.g. .png, and there is at least one.");
        }

        if (LabelColumnName == ImagePathColumnName)
        {
            throw new ArgumentException($"{nameof(ImageFolderOptions)}: paths and labels cannot both be in column '{LabelColumnName}'.");
        }
    }
}
