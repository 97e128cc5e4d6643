namespace Microsoft.ML.DeepLayers.Data;

/// <summary>How a label becomes the number that a loss compares with.</summary>
internal enum LabelEncoding
{
    /// <summary>The number itself.</summary>
    Number,

    /// <summary>0 or 1: a boolean, a key of two, or a number that is above 0 or not.</summary>
    Boolean,

    /// <summary>The class from 0: a key less 1.</summary>
    ClassIndex,
}

/// <summary>The label's column and how it is read.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Encoding">What the label means.</param>
/// <param name="IsKey">Whether the column holds keys, of which 0 means missing.</param>
/// <param name="VectorSize">The number of values of a vector; 0 for a scalar.</param>
internal sealed record LabelColumn(string Name, LabelEncoding Encoding, bool IsKey, int VectorSize = 0)
{
    /// <summary>The number of values of one example.</summary>
    internal int Size => Math.Max(1, VectorSize);

    /// <summary>Turns the raw number into the target; NaN where the label is missing.</summary>
    internal float Target(float raw)
    {
        if (IsKey)
        {
            return raw == 0 ? float.NaN : raw - 1;
        }

        return Encoding != LabelEncoding.Boolean || float.IsNaN(raw) ? raw
            : raw > 0 ? 1 : 0;
    }
}
