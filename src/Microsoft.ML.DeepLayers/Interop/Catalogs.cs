using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>The way from <c>mlContext.X</c> and <c>mlContext.X.Trainers</c> to the environment that components need.</summary>
internal static class Catalogs
{
    /// <summary>The environment of a catalog or of its <c>Trainers</c>.</summary>
    /// <param name="catalog">E.g. a <see cref="BinaryClassificationCatalog.BinaryClassificationTrainers"/>.</param>
    internal static IHostEnvironment GetEnvironment(object catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog is IInternalCatalog known
            ? known.Environment
            : throw new ArgumentException($"{catalog.GetType()} is no catalog of ML.NET's.", nameof(catalog));
    }
}
