using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML;

/// <summary>Splits that keep the shares of classes.</summary>
public static class DataSplitCatalog
{
    /// <summary>
    /// Splits data into a training set and a test set in which each class has its share: as many rows of each as its part of
    /// the test set asks for, rounded by the largest remainder. Only the label is read, and only now; the two sets are
    /// views of the data, in its order.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Data</c>.</param>
    /// <param name="data">The data. Its rows must be the same each time it is read.</param>
    /// <param name="labelColumnName">The column of the classes: text, a key, a number, or a vector of them. Default: <c>Label</c>.</param>
    /// <param name="testFraction">The part that goes to the test set, above 0 and below 1. Default: 0.1.</param>
    /// <param name="seed">Decides which rows; <see langword="null"/> (the default) for the seed of the MLContext, or chance where that has none.</param>
    /// <exception cref="ArgumentException">The column is missing or tells no classes, or nothing would be left on a side.</exception>
    public static DataOperationsCatalog.TrainTestData StratifiedTrainTestSplit(
        this DataOperationsCatalog catalog, IDataView data, string labelColumnName = "Label", double testFraction = 0.1, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(testFraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(testFraction, 1);
        return StratifiedSplit.Split(
            data, labelColumnName, testFraction, seed ?? HostEnvironments.GetSeed(Catalogs.GetEnvironment(catalog)) ?? Random.Shared.Next());
    }
}
