using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// One rate up to the first boundary, that step included, another one up to the second, and so on. Keras:
/// <c>PiecewiseConstantDecay</c>.
/// </summary>
/// <example>0.1 for the first 10,001 steps, 0.01 for the next 5,000, then 0.001:
/// <code>
/// new SGD(new PiecewiseConstantDecay([10_000, 15_000], [0.1f, 0.01f, 0.001f]))
/// </code></example>
public sealed record PiecewiseConstantDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="boundaries">The last step of each rate but the last one, counted from 0; each larger than the one before.</param>
    /// <param name="values">The rates, one more than there are boundaries; at least 0.</param>
    /// <exception cref="ArgumentException">The boundaries do not grow, or there is not one more rate.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A rate is negative, or not finite.</exception>
    public PiecewiseConstantDecay(ImmutableArray<long> boundaries, ImmutableArray<float> values)
    {
        Boundaries = boundaries.IsDefault ? [] : boundaries;
        Values = values.IsDefault ? [] : values;
        if (Boundaries.Zip(Boundaries.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            throw new ArgumentException($"Each boundary must be larger than the one before, but [{Text(Boundaries)}] was given.", nameof(boundaries));
        }

        if (Values.Length != Boundaries.Length + 1)
        {
            throw new ArgumentException(
                $"There must be one rate more than boundaries, but {Boundaries.Length} boundaries [{Text(Boundaries)}] and {Values.Length} rates [{Text(Values)}] were given.", nameof(values));
        }

        foreach (float value in Values)
        {
            _ = NotNegative(value, nameof(values));
        }
    }

    /// <summary>The last step of each rate but the last one, counted from 0.</summary>
    public ImmutableArray<long> Boundaries { get; }

    /// <summary>The rates.</summary>
    public ImmutableArray<float> Values { get; }

    /// <summary>Compares by value: the arrays' own comparison would be by reference.</summary>
    /// <param name="other">The other schedule.</param>
    public bool Equals(PiecewiseConstantDecay? other) =>
        base.Equals(other) && Boundaries.AsSpan().SequenceEqual(other.Boundaries.AsSpan()) && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Text(Boundaries), Text(Values));

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        int piece = 0;
        while (piece < Boundaries.Length && step > Boundaries[piece])
        {
            piece++;
        }

        return Values[piece];
    }

    /// <summary>The arrays' own text would be their class. Checkpoints compare the text.</summary>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(Boundaries)} = [{Text(Boundaries)}], {nameof(Values)} = [{Text(Values)}]");
        return true;
    }

    private static string Text<T>(ImmutableArray<T> numbers)
        where T : IFormattable => string.Join(", ", numbers.Select(number => number.ToString(null, CultureInfo.InvariantCulture)));
}
