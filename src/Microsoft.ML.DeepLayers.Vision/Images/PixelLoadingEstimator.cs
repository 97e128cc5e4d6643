using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>Loads images as pixels; see <c>mlContext.Transforms.LoadPixels</c>. It learns nothing from data.</summary>
public sealed class PixelLoadingEstimator : IEstimator<PixelLoadingTransformer>
{
    private readonly IHostEnvironment environment;
    private readonly PixelLoadingOptions options;

    internal PixelLoadingEstimator(IHostEnvironment environment, PixelLoadingOptions options)
    {
        options.Validate();
        this.environment = environment;
        this.options = options.Copy();
    }

    /// <summary>Checks the column that is read, and makes the transformer.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentException">The column is missing, or holds no images.</exception>
    public PixelLoadingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _ = PixelsSchema.Create(options, input.Schema, nameof(input));
        return new PixelLoadingTransformer(environment, options);
    }

    /// <summary>The schema of data after the images have been loaded.</summary>
    /// <param name="inputSchema">The schema of data with images.</param>
    /// <exception cref="ArgumentException">The column is missing, or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column input = SchemaShapes.Find(inputSchema, options.InputName)
            ?? throw PixelsSchema.Missing(options.InputName, inputSchema.Select(column => column.Name), nameof(inputSchema));
        bool isScalar = input.Kind == SchemaShape.Column.VectorKind.Scalar;
        return !input.IsKey && PixelsSchema.KindOf(input.ItemType, isScalar) is not null
            ? SchemaShapes.Append(inputSchema, [SchemaShapes.Vector(options.OutputColumnName, NumberDataViewType.Byte)])
            : throw PixelsSchema.NoImages(options.InputName, SchemaShapes.Describe(input), nameof(inputSchema));
    }
}
