using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Data sets of images. What is loaded are paths and labels; <c>Transforms.LoadPixels</c> loads the images.</summary>
public static class ImageDataCatalog
{
    /// <summary>
    /// Lists the images of a folder that has a folder for each class, and in those, as deep as there are any, further ones:
    /// columns <c>ImagePath</c> (text, absolute) and <c>Label</c> (text, the name of the class's folder). Classes and files come
    /// in the ordinal order of their names, a folder's files before those of its folders, so that the same folder always gives
    /// the same rows. Names that begin with a dot are passed over.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="path">The folder, e.g. <c>flowers</c> with <c>flowers/daisy/1.jpg</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">It has no images in folders.</exception>
    /// <exception cref="ImageLoadException">A file is empty or too large, or a folder cannot be read.</exception>
    /// <example>
    /// <code>
    /// IDataView images = mlContext.Data.LoadImageFolder("flowers");
    /// var split = mlContext.Data.StratifiedTrainTestSplit(images, testFraction: 0.2);
    /// </code>
    /// </example>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path) => catalog.LoadImageFolder(path, new ImageFolderOptions());

    /// <summary>Lists the images of a folder that has a folder for each class, with all settings.</summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="path">The folder.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is not possible.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidOperationException">It has no images in folders.</exception>
    /// <exception cref="ImageLoadException">A file is bad, and that is to be an error.</exception>
    public static IDataView LoadImageFolder(this DataOperationsCatalog catalog, string path, ImageFolderOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using IChannel channel = Catalogs.GetEnvironment(catalog).Register("LoadImageFolder").Start("LoadImageFolder");
        return new ImageList(new ImageFolder(options, channel).List(path), options.ImagePathColumnName, options.LabelColumnName);
    }

    /// <summary>
    /// Loads a list of images: columns <c>ImagePath</c> (text, absolute) and <c>Label</c> (text), in the order of the list.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="images">The paths and the names of the classes. They are read once, now.</param>
    /// <param name="imageFolder">The folder that relative paths start from; <see langword="null"/> (the default) for the current directory.</param>
    /// <param name="imagePathColumnName">The column of paths. Default: <c>ImagePath</c>.</param>
    /// <param name="labelColumnName">The column of classes. Default: <c>Label</c>.</param>
    /// <exception cref="ArgumentException">The list is empty, or a path is.</exception>
    public static IDataView LoadImageList(
        this DataOperationsCatalog catalog,
        IEnumerable<(string ImagePath, string Label)> images,
        string? imageFolder = null,
        string imagePathColumnName = "ImagePath",
        string labelColumnName = "Label")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentException.ThrowIfNullOrWhiteSpace(imagePathColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        if (imagePathColumnName == labelColumnName)
        {
            throw new ArgumentException($"Paths and labels cannot both be in column '{labelColumnName}'.", nameof(labelColumnName));
        }

        string folder = Path.GetFullPath(imageFolder ?? ".");
        LabeledImage[] rows = [.. images.Select((image, row) => new LabeledImage
        {
            ImagePath = string.IsNullOrEmpty(image.ImagePath)
                ? throw new ArgumentException($"The path of image {row} is empty.", nameof(images))
                : Path.GetFullPath(image.ImagePath, folder),
            Label = image.Label,
        })];
        return rows.Length > 0 ? new ImageList(rows, imagePathColumnName, labelColumnName)
            : throw new ArgumentException("The list has no images.", nameof(images));
    }

    /// <summary>
    /// Loads a CSV file with a path of an image and its labels in each line: by ML.NET's text loader, while it is read. Columns
    /// <c>ImagePath</c> (text, absolute; relative paths start from the folder that the file is in) and <c>Label</c>: text, or with
    /// <see cref="ImageLabelType.Number"/> a number for regression, or a vector of numbers for several values or for labels of
    /// which many may apply at once.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">The settings; <see langword="null"/> (the default) for a header, paths in the first column and a label in the second.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">It has no such columns.</exception>
    /// <example>
    /// <code>
    /// // image,cat,dog,grass
    /// // photos/1.jpg,0,1,1
    /// IDataView images = mlContext.Data.LoadImageCsv("photos.csv", new ImageCsvOptions { LabelType = ImageLabelType.Number });
    /// </code>
    /// </example>
    public static IDataView LoadImageCsv(this DataOperationsCatalog catalog, string path, ImageCsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ImageCsvOptions();
        IDataView rows = catalog.LoadFromTextFile(path, ImageCsv.Plan(path, options));
        return catalog.ResolveImagePaths(rows, options.ImageFolder ?? Path.GetDirectoryName(Path.GetFullPath(path))!, options.ImagePathColumnName);
    }

    /// <summary>
    /// Makes relative paths absolute, in data that was loaded in whatever way. All else, and the schema, stay as they are.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">Data with a column of paths.</param>
    /// <param name="imageFolder">The folder that relative paths start from.</param>
    /// <param name="columnName">The column of paths (text). Default: <c>ImagePath</c>.</param>
    /// <exception cref="ArgumentException">The data has no such column, or it is no text.</exception>
    public static IDataView ResolveImagePaths(this DataOperationsCatalog catalog, IDataView data, string imageFolder, string columnName = "ImagePath")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(imageFolder);
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(columnName) ?? throw new ArgumentException(
            $"Column '{columnName}' is not in the data, which has: {string.Join(", ", data.Schema.Select(other => other.Name).Distinct())}.", nameof(columnName));
        return column.Type is TextDataViewType
            ? new ResolvedPaths(data, column, Path.GetFullPath(imageFolder))
            : throw new ArgumentException($"Column '{columnName}' is of type {column.Type}, but paths are text.", nameof(columnName));
    }
}
