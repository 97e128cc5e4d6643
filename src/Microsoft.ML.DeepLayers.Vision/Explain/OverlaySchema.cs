using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>A schema, and the column of pictures behind its own.</summary>
internal sealed class OverlaySchema
{
    private readonly HeatMapOverlayTransformer transformer;
    private readonly DataViewSchema.Column[] inputs;
    private readonly DataViewSchema.Column? picture;

    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it must be.</exception>
    internal OverlaySchema(HeatMapOverlayTransformer transformer, DataViewSchema input, string parameter)
    {
        this.transformer = transformer;
        Input = input;
        transformer.Explainer.CheckSchema(input, parameter);
        inputs = [.. transformer.Explainer.Network.Trained.Inputs.Select(column => input[column.Name])];
        DataViewType type = transformer.DefaultType;
        if (transformer.ImageColumnName is { } name)
        {
            picture = input.GetColumnOrNull(name)
                ?? throw new ArgumentOutOfRangeException(parameter, $"Image column '{name}' is not in the data, which has: {string.Join(", ", input.Select(other => other.Name).Distinct())}.");
            type = picture.Value.Type is ImageDataViewType images
                ? images
                : throw new ArgumentOutOfRangeException(parameter, $"Image column '{name}' is of type {picture.Value.Type}, but it must hold images (MLImage), e.g. of Transforms.LoadImages.");
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(transformer.OutputColumnName, type);
        Output = builder.ToSchema();
    }

    internal DataViewSchema Input { get; }

    internal DataViewSchema Output { get; }

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

    /// <summary>The columns of the input that the wanted columns need.</summary>
    internal IEnumerable<DataViewSchema.Column> GetDependencies(bool[] active) =>
        Input.Where(column => active[column.Index] || (active[Input.Count] && (inputs.Contains(column) || column.Index == picture?.Index)));

    /// <summary>The getter of a column of the output over a row of the input.</summary>
    internal ValueGetter<TValue> CreateGetter<TValue>(DataViewRow row, DataViewSchema.Column column, bool[] active)
    {
        if (column.Index < Input.Count)
        {
            return active[column.Index] ? row.GetGetter<TValue>(Input[column.Index]) : ScoredSchema.CheckGetter<TValue>(null, column);
        }

        return ScoredSchema.CheckGetter<TValue>(active[column.Index] ? CreatePainter(row) : null, column);
    }

    /// <summary>Each picture is a new one, which whoever reads it disposes, as of ML.NET's own image columns.</summary>
    private ValueGetter<MLImage> CreatePainter(DataViewRow row)
    {
        ImageExplainer explainer = transformer.Explainer;
        ColumnReader[] readers = [.. inputs.Select(column => ColumnReader.Create(row, column))];
        ValueGetter<MLImage>? pictureGetter = picture is { } column ? row.GetGetter<MLImage>(column) : null;
        FloatRange range = RangeOf(inputs[explainer.Network.ImageInput].Type);
        // Kept from row to row, because ML.NET's getters free the image before. It may be the user's own, so that nobody frees it here.
        MLImage shown = null!;
        return (ref MLImage value) =>
        {
            value?.Dispose();
            float[][] values = explainer.ReadRow(readers);
            HeatMap map = explainer.Compute([values], transformer.ClassIndex)[0];
            if (pictureGetter is null)
            {
                using MLImage pixels = OverlayPainter.ToImage(values[explainer.Network.ImageInput], explainer.Network.Image, range);
                value = map.Overlay(pixels, transformer.Overlay);
                return;
            }

            pictureGetter(ref shown);
            // ML.NET has no image for a row whose path is empty.
            value = shown is null ? null! : map.Overlay(shown, transformer.Overlay);
        };
    }

    /// <summary>What is black and what is white: a byte says it, and other pixels are from 0 to 1, as ExtractNetworkPixels gives them.</summary>
    private static FloatRange RangeOf(DataViewType type) => type is VectorDataViewType { ItemType: var item } && item == NumberDataViewType.Byte
        ? new FloatRange(0, 255)
        : new FloatRange(0, 1);
}
