using System.Globalization;
using Microsoft.ML.Data;

namespace QuickStart;

/// <summary>
/// Monthly international airline passengers, 1949 to 1960, as windows for forecasting the next month.
/// Passengers grow exponentially with a strong season, so a network fed with raw counts would have to extrapolate.
/// The logarithm of the ratio to the same month a year before has neither trend nor season: it wanders around 0.12.
/// Windows hold that growth, standardised on the training years.
/// </summary>
public sealed class AirlineSeries
{
    public const int DefaultWindow = 24;

    private const int Year = 12;

    private readonly string[] months;
    private readonly float[] passengers;
    private readonly float[] growth;
    private readonly float meanGrowth;
    private readonly float deviation;
    private readonly int firstHeldOut;

    private AirlineSeries(string[] months, float[] passengers, string heldOutFrom)
    {
        this.months = months;
        this.passengers = passengers;
        firstHeldOut = Array.IndexOf(months, heldOutFrom);
        if (firstHeldOut < 2 * Year || firstHeldOut + 2 * Year > months.Length)
        {
            throw new ArgumentException(
                $"{heldOutFrom} must be a month (yyyy-MM) with at least two years before it and two from it on.",
                nameof(heldOutFrom));
        }

        // The first year has nothing to be compared with.
        growth = new float[passengers.Length];
        for (int i = Year; i < growth.Length; i++)
        {
            growth[i] = MathF.Log(passengers[i] / passengers[i - Year]);
        }

        // Mean and deviation of the training years only: the held-out years must not leak into the scale.
        (meanGrowth, deviation) = MeanAndDeviation(growth.AsSpan(Year..firstHeldOut));
        for (int i = Year; i < growth.Length; i++)
        {
            growth[i] = (growth[i] - meanGrowth) / deviation;
        }
    }

    /// <summary>
    /// Reads a file of <c>Month,Passengers</c> lines below a header. The two years from <paramref name="heldOutFrom"/>
    /// are held out; an earlier month than the default is for choosing settings without a look at the last two years.
    /// </summary>
    public static AirlineSeries Load(string path, string heldOutFrom = "1959-01")
    {
        List<string> months = [];
        List<float> passengers = [];
        foreach (string line in File.ReadLines(path).Skip(1))
        {
            int comma = line.IndexOf(',', StringComparison.Ordinal);
            months.Add(line[..comma]);
            passengers.Add(float.Parse(line.AsSpan(comma + 1), CultureInfo.InvariantCulture));
        }

        return new AirlineSeries([.. months], [.. passengers], heldOutFrom);
    }

    /// <summary>The months to learn from, all before the held-out ones; the first are spent on filling the window.</summary>
    public IEnumerable<AirlineMonth> Training(int window = DefaultWindow) => Windows(window, Year + window, firstHeldOut);

    /// <summary>
    /// The 24 months to test on. Each window ends in the month before, as for someone who forecasts month by month.
    /// </summary>
    public IEnumerable<AirlineMonth> HeldOut(int window = DefaultWindow) => Windows(window, firstHeldOut, firstHeldOut + 2 * Year);

    /// <summary>The schema for loading windows of a length other than the default.</summary>
    public static SchemaDefinition Schema(int window)
    {
        var schema = SchemaDefinition.Create(typeof(AirlineMonth));
        schema[nameof(AirlineMonth.History)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, window, 1);
        return schema;
    }

    /// <summary>
    /// From a predicted <see cref="AirlineMonth.Growth"/> back to thousands of passengers. A growth of 0 is the mean of
    /// the training years, which makes the plainest forecast that knows about growth.
    /// </summary>
    public float ToPassengers(AirlineMonth month, float growth)
    {
        ArgumentNullException.ThrowIfNull(month);
        return month.YearBefore * MathF.Exp(meanGrowth + deviation * growth);
    }

    /// <summary>The forecast to beat: the same month a year before.</summary>
    public static float NaiveSeasonal(AirlineMonth month)
    {
        ArgumentNullException.ThrowIfNull(month);
        return month.YearBefore;
    }

    /// <summary>Root mean squared error of a forecast, in thousands of passengers.</summary>
    public static double RootMeanSquaredError(IEnumerable<AirlineMonth> months, Func<AirlineMonth, float> forecast) =>
        Math.Sqrt(months.Average(month => Math.Pow(forecast(month) - month.Passengers, 2)));

    private IEnumerable<AirlineMonth> Windows(int window, int from, int to)
    {
        if (window < 1 || Year + window > from || from >= to)
        {
            throw new ArgumentOutOfRangeException(nameof(window), window, "12 to 36 months leave enough to learn from.");
        }

        return Enumerable.Range(from, to - from).Select(i => new AirlineMonth
        {
            Month = months[i],
            History = growth[(i - window)..i],
            Growth = growth[i],
            YearBefore = passengers[i - Year],
            Passengers = passengers[i],
        });
    }

    private static (float Mean, float Deviation) MeanAndDeviation(ReadOnlySpan<float> values)
    {
        float sum = 0f, squares = 0f;
        foreach (float value in values)
        {
            sum += value;
            squares += value * value;
        }

        float mean = sum / values.Length;
        return (mean, MathF.Sqrt(squares / values.Length - mean * mean));
    }
}
