namespace Microsoft.ML.DeepLayers;

/// <summary>What the labels of a CSV file are.</summary>
public enum ImageLabelType
{
    /// <summary>Names of classes. The default. Several columns stay columns of their own.</summary>
    Text,

    /// <summary>
    /// Numbers: a value to predict, or, with several columns, a vector of values or of zeros and ones, which has the columns'
    /// names as slot names.
    /// </summary>
    Number,
}

/// <summary>The settings of <c>mlContext.Data.LoadImageCsv</c>.</summary>
/// <remarks>Columns are named as in the file's header; in a file without one, by their number from 0.</remarks>
public sealed class ImageCsvOptions
{
    /// <summary>The file's column of paths. Default: the first one.</summary>
    public string? PathColumn { get; set; }

    /// <summary>The file's columns of labels. Default: all others.</summary>
    public IReadOnlyList<string>? LabelColumns { get; set; }

    /// <summary>Further columns of the file, which are loaded as text under their own names. Default: none.</summary>
    public IReadOnlyList<string> OtherColumns { get; set; } = [];

    /// <summary>What the labels are. Default: names of classes.</summary>
    public ImageLabelType LabelType { get; set; }

    /// <summary>The folder that relative paths start from. Default: the one that the file is in.</summary>
    public string? ImageFolder { get; set; }

    /// <summary>What separates columns. Default: a comma.</summary>
    public char Separator { get; set; } = ',';

    /// <summary>Whether the first line names the columns. Default: true.</summary>
    public bool HasHeader { get; set; } = true;

    /// <summary>The column of paths to make (text). Default: <c>ImagePath</c>.</summary>
    public string ImagePathColumnName { get; set; } = "ImagePath";

    /// <summary>
    /// The column of labels to make. Several columns of text are not put together, and keep their names. Default: <c>Label</c>.
    /// </summary>
    public string LabelColumnName { get; set; } = "Label";
}
