using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adds a column of pixels to data with images; see <c>mlContext.Transforms.LoadPixels</c>. It is saved and loaded by
/// <c>mlContext.Model.Save</c> and <c>Load</c>, and may be used from several threads.
/// </summary>
public sealed class PixelLoadingTransformer : ITransformer
{
    private readonly IHost host;
    private readonly PixelLoadingOptions options;

    internal PixelLoadingTransformer(IHostEnvironment environment, PixelLoadingOptions options)
    {
        host = environment.Register("LoadPixels");
        this.options = options;
    }

    /// <summary>The settings, a copy.</summary>
    public PixelLoadingOptions Options => options.Copy();

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The schema of data after the images have been loaded.</summary>
    /// <param name="inputSchema">The schema of data with images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or holds no images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).Output;

    /// <summary>
    /// Adds the pixels to data. Nothing is loaded before the result is read, and then only if the pixels are asked for. Where
    /// other columns that are asked for hold images or other objects, images are decoded one by one on the reader's thread,
    /// because such objects cannot be kept while rows are read ahead.
    /// </summary>
    /// <param name="input">Data with images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, or holds no images.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new PixelsDataView(host, input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        new PixelsMapper(Bind(inputSchema, nameof(inputSchema)));

    void ICanSaveModel.Save(ModelSaveContext ctx) => PixelsZip.Write(new ModelFolderWriter(ctx, PixelsLoader.Version), options);

    private PixelsSchema Bind(DataViewSchema schema, string parameter)
    {
        ArgumentNullException.ThrowIfNull(schema, parameter);
        return PixelsSchema.Create(options, schema, parameter);
    }
}
