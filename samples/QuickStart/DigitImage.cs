using System.Globalization;
using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>A drawn digit as ML.NET reads it: the row type of the data view and of the prediction engine.</summary>
public sealed class DigitImage
{
    /// <summary>Grey values, channels last.</summary>
    [VectorType(DrawnDigits.Side, DrawnDigits.Side, 1)]
    public float[] Pixels { get; set; } = [];

    /// <summary>"0" to "9": text, so that the pipeline shows the usual MapValueToKey.</summary>
    public string Digit { get; set; } = "";

    public static DigitImage From(DrawnDigit drawn)
    {
        ArgumentNullException.ThrowIfNull(drawn);
        return new DigitImage
        {
            Pixels = drawn.Pixels,
            Digit = drawn.Digit.ToString(CultureInfo.InvariantCulture),
        };
    }
}
