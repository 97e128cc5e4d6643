namespace Microsoft.ML.DeepLayers.Interop;

/// <summary>Makes what ML.NET's own splits give.</summary>
internal static class Splits
{
    /// <summary>The two parts of a data set.</summary>
    internal static DataOperationsCatalog.TrainTestData Create(IDataView train, IDataView test) => new(train, test);
}
