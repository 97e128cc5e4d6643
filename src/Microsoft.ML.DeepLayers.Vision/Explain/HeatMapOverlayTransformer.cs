using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Explain;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adds a column of pictures that explain a trained network; see <c>mlContext.Transforms.GradCam</c> and <c>Occlusion</c>. It may
/// be used from several threads. It is saved and loaded by <c>mlContext.Model.Save</c> and <c>Load</c>, with a copy of the network.
/// </summary>
public sealed class HeatMapOverlayTransformer : ITransformer, IDisposable
{
    private readonly IHostEnvironment environment;

    internal HeatMapOverlayTransformer(
        IHostEnvironment environment, ImageExplainer explainer, string outputColumnName, string? imageColumnName, int? classIndex, OverlayOptions overlay)
    {
        this.environment = environment;
        Explainer = explainer;
        OutputColumnName = outputColumnName;
        ImageColumnName = imageColumnName;
        ClassIndex = classIndex;
        Overlay = overlay;
    }

    /// <summary>What explains images.</summary>
    public ImageExplainer Explainer { get; }

    /// <summary>The column of pictures that is added.</summary>
    public string OutputColumnName { get; }

    /// <summary>The column of pictures that is drawn on; <see langword="null"/> for what the network reads.</summary>
    public string? ImageColumnName { get; }

    /// <summary>The class that is explained; <see langword="null"/> for the predicted one.</summary>
    public int? ClassIndex { get; }

    /// <summary>The colors.</summary>
    public OverlayOptions Overlay { get; }

    /// <summary>Whether nobody else has the network that is explained.</summary>
    internal bool OwnsNetwork { get; init; }

    bool ITransformer.IsRowToRowMapper => true;

    internal IEnumerable<string> ReadColumnNames =>
        Explainer.Network.Trained.Inputs.Select(input => input.Name).Concat(ImageColumnName is null ? [] : [ImageColumnName]).Distinct();

    /// <summary>The type of the pictures where they are not drawn on others, whose type is not known before.</summary>
    internal ImageDataViewType DefaultType => ImageColumnName is null ? new ImageDataViewType(Explainer.Height, Explainer.Width) : new ImageDataViewType();

    /// <summary>The schema of data with the pictures.</summary>
    /// <param name="inputSchema">The schema of data with the columns that the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it must be.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).Output;

    /// <summary>Adds the pictures. Nothing is computed before they are asked for, and then row by row.</summary>
    /// <param name="input">Data with the columns that the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it must be.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new OverlayDataView(environment, input, Bind(input.Schema, nameof(input)));
    }

    /// <summary>Frees native memory. It may be called often, and explaining may go on.</summary>
    public void Dispose()
    {
        Explainer.Dispose();
        if (OwnsNetwork)
        {
            Explainer.Network.Transformer.Dispose();
        }
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new OverlayMapper(Bind(inputSchema, nameof(inputSchema)));

    void ICanSaveModel.Save(ModelSaveContext ctx) => OverlayZip.Write(new ModelFolderWriter(ctx, OverlayLoader.Version), this);

    private OverlaySchema Bind(DataViewSchema schema, string parameter)
    {
        ArgumentNullException.ThrowIfNull(schema, parameter);
        return new OverlaySchema(this, schema, parameter);
    }
}
