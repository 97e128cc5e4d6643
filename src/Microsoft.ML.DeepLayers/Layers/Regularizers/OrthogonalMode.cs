namespace Microsoft.ML.DeepLayers;

/// <summary>Which vectors of a matrix an <see cref="OrthogonalRegularizer"/> makes orthogonal to each other.</summary>
public enum OrthogonalMode
{
    /// <summary>The rows: of a <c>Dense</c> kernel, one vector an input.</summary>
    Rows,

    /// <summary>The columns: of a <c>Dense</c> kernel, one vector a unit.</summary>
    Columns,
}
