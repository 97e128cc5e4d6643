using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>One month to forecast, as ML.NET reads it.</summary>
public sealed class AirlineMonth
{
    /// <summary>yyyy-MM.</summary>
    public string Month { get; set; } = "";

    /// <summary>
    /// The growth over a year in each of the months before this one, oldest first: shape [window, 1].
    /// For another window than the default, load with <see cref="AirlineSeries.Schema"/>.
    /// </summary>
    [VectorType(AirlineSeries.DefaultWindow, 1)]
    public float[] History { get; set; } = [];

    /// <summary>What the network predicts: this month's growth over a year, in the same standardised unit.</summary>
    public float Growth { get; set; }

    /// <summary>Thousands of passengers in the same month a year before, which the growth is relative to.</summary>
    public float YearBefore { get; set; }

    /// <summary>Thousands of passengers in this month.</summary>
    public float Passengers { get; set; }
}
