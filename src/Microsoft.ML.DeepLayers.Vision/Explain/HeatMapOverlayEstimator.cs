using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adds a column of pictures that explain a trained network; see <c>mlContext.Transforms.GradCam</c> and <c>Occlusion</c>. It
/// learns nothing from data.
/// </summary>
public sealed class HeatMapOverlayEstimator : IEstimator<HeatMapOverlayTransformer>
{
    private readonly HeatMapOverlayTransformer transformer;

    internal HeatMapOverlayEstimator(HeatMapOverlayTransformer transformer) => this.transformer = transformer;

    /// <summary>Checks the columns that are read, and gives the transformer.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it must be.</exception>
    public HeatMapOverlayTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _ = transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <summary>The schema of data with the pictures.</summary>
    /// <param name="inputSchema">The schema of data with the columns that the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in transformer.ReadColumnNames)
        {
            if (SchemaShapes.Find(inputSchema, name) is null)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(inputSchema), $"Column '{name}' is not in the data, which has: {string.Join(", ", inputSchema.Select(column => column.Name))}.");
            }
        }

        return SchemaShapes.Append(inputSchema, [SchemaShapes.FromType(transformer.OutputColumnName, transformer.DefaultType)]);
    }
}
