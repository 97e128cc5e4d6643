using System.Globalization;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Checks indices into an embedding before native code sees them.</summary>
internal static class IndexCheck
{
    /// <summary>Checks that all values are whole numbers from 0 to below the column's limit.</summary>
    /// <exception cref="InvalidOperationException">One is not; the message names column, row, value and limit.</exception>
    internal static void Check(ReadOnlySpan<float> values, InputColumn column, long row)
    {
        foreach (float value in values)
        {
            if (!(value >= 0 && value < column.IndexLimit && value == MathF.Truncate(value)))
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{column.Name}' feeds an Embedding with inputDim {column.IndexLimit}, so its values must be whole numbers from 0 to {column.IndexLimit - 1}, but row {row} has {value}. (Keys arrive as 1 to their count, with 0 for missing: inputDim or vocabularySize must be the count plus 1.)"));
            }
        }
    }
}
