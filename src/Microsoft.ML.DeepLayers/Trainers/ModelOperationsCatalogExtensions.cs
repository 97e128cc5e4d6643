using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML;

/// <summary>Extensions of <see cref="ModelOperationsCatalog"/>.</summary>
public static class ModelOperationsCatalogExtensions
{
    private const string What = "The model";

    /// <summary>
    /// Saves a model as <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/> does, but whole or not
    /// at all: to a temporary file in the same folder, which then takes the place of the file. A process that is killed
    /// meanwhile leaves the earlier model as it was.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="inputSchema">The schema of the input; <see langword="null"/> for none.</param>
    /// <param name="filePath">The path of the zip.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    /// <example><code>
    /// mlContext.Model.SaveAtomically(model, data.Schema, "model.zip");
    /// </code></example>
    public static void SaveAtomically(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        AtomicFile.Write(filePath, stream => catalog.Save(model, inputSchema, stream), What);
    }

    /// <inheritdoc cref="SaveAtomically(ModelOperationsCatalog, ITransformer, DataViewSchema?, string)"/>
    /// <summary>Saves a model with the loader of its data, whole or not at all.</summary>
    /// <typeparam name="TSource">The type that the loader reads from.</typeparam>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="loader">The loader of the data that the model was trained on.</param>
    /// <param name="filePath">The path of the zip.</param>
    public static void SaveAtomically<TSource>(this ModelOperationsCatalog catalog, ITransformer model, IDataLoader<TSource> loader, string filePath)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loader);
        AtomicFile.Write(filePath, stream => catalog.Save(model, loader, stream), What);
    }
}
