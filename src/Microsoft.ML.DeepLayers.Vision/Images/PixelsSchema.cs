using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>What a column of images holds.</summary>
internal enum ImageKind
{
    /// <summary>Paths of files.</summary>
    Path,

    /// <summary>Files in memory.</summary>
    Encoded,

    /// <summary>ML.NET's images.</summary>
    Image,
}

/// <summary>A schema with images, and what loading them adds to it: first all the input's columns, then the pixels.</summary>
internal sealed class PixelsSchema
{
    private PixelsSchema(PixelLoadingOptions options, DataViewSchema input, DataViewSchema.Column column, ImageKind kind)
    {
        Options = options;
        Input = input;
        InputColumn = column;
        Kind = kind;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Byte, options.ImageHeight, options.ImageWidth, 3));
        Output = builder.ToSchema();
    }

    internal PixelLoadingOptions Options { get; }

    internal DataViewSchema Input { get; }

    internal DataViewSchema Output { get; }

    /// <summary>The column of images.</summary>
    internal DataViewSchema.Column InputColumn { get; }

    internal ImageKind Kind { get; }

    /// <summary>The bytes of an image.</summary>
    internal int Size => Options.ImageHeight * Options.ImageWidth * 3;

    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or holds no images; ML.NET throws the same.</exception>
    internal static PixelsSchema Create(PixelLoadingOptions options, DataViewSchema input, string parameter)
    {
        DataViewSchema.Column column = input.GetColumnOrNull(options.InputName)
            ?? throw Missing(options.InputName, input.Select(other => other.Name).Distinct(), parameter);
        DataViewType itemType = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        ImageKind kind = KindOf(itemType, column.Type is not VectorDataViewType)
            ?? throw NoImages(column.Name, column.Type.ToString()!, parameter);
        return new PixelsSchema(options, input, column, kind);
    }

    /// <summary>What values of a type are to us; <see langword="null"/> if nothing.</summary>
    internal static ImageKind? KindOf(DataViewType itemType, bool isScalar) => (itemType, isScalar) switch
    {
        (TextDataViewType, true) => ImageKind.Path,
        (ImageDataViewType, true) => ImageKind.Image,
        (NumberDataViewType number, false) when number == NumberDataViewType.Byte => ImageKind.Encoded,
        _ => null,
    };

    internal static ArgumentOutOfRangeException Missing(string name, IEnumerable<string> present, string parameter) =>
        new(parameter, $"Image column '{name}' is not in the data, which has: {string.Join(", ", present)}.");

    internal static ArgumentOutOfRangeException NoImages(string name, string type, string parameter) => new(
        parameter,
        $"Image column '{name}' is of type {type}, but images are paths (text), encoded files (Vector<Byte>) or ML.NET's images (MLImage).");

    /// <summary>Which columns of the output are wanted.</summary>
    internal bool[] Activate(IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>Whether the pixels are wanted.</summary>
    internal bool NeedsPixels(bool[] active) => active[Input.Count];

    /// <summary>The columns of the input that are needed.</summary>
    /// <param name="active">The wanted columns of the output.</param>
    /// <param name="decodes">Whether images are decoded.</param>
    internal IEnumerable<DataViewSchema.Column> GetDependencies(bool[] active, bool decodes) =>
        Input.Where(column => active[column.Index] || (decodes && column.Index == InputColumn.Index));

    /// <summary>Refuses a getter that was not asked for when the cursor was made, or of another type.</summary>
    internal static ValueGetter<TValue> CheckGetter<TValue>(Delegate? getter, DataViewSchema.Column column) =>
        Scoring.ScoredSchema.CheckGetter<TValue>(getter, column);
}
