using System.Globalization;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Whether a row belongs to the part of the data that is read.</summary>
/// <param name="number">The row's number among those that are complete.</param>
/// <param name="row">The row as the layout says.</param>
/// <param name="group">The number of its group, where rows are grouped.</param>
internal delegate bool RowFilter(long number, ReadOnlySpan<float> row, ulong group);

/// <summary>
/// Decides which rows are held out for validation: any, as many of each class as its share asks for, or whole groups. The
/// seed alone decides.
/// </summary>
internal static class ValidationSplit
{
    /// <summary>Which rows of a store are held out, in order.</summary>
    /// <param name="store">The rows.</param>
    /// <param name="groups">The group of each row, where they are grouped.</param>
    /// <param name="reading">How the rows are split.</param>
    /// <exception cref="InvalidOperationException">Nothing would be left on a side.</exception>
    internal static (int[] Training, int[] Validation) Split(RowStore store, List<ulong>? groups, ExampleReading reading)
    {
        int[] rows = [.. Enumerable.Range(0, store.Count)];
        int count = (int)Math.Round(store.Count * reading.ValidationFraction);
        var random = new Random(reading.Seed);
        bool[] isHeldOut = groups is not null
            ? WholeGroups(groups, count, reading, random)
            : Drawn(rows, reading.StratifyBy.Count == 0 ? _ => 0 : row => Stratum(store[row], reading), count, reading.ValidationFraction, random);
        int heldOut = isHeldOut.Count(held => held);
        if (heldOut == 0 || heldOut == store.Count)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"A validation fraction of {(float)reading.ValidationFraction} of {store.Count} rows leaves {store.Count - heldOut} for training and {heldOut} for validation. Use more rows or another fraction, or give a validation set: Fit(train, validation)."));
        }

        return ([.. Enumerable.Range(0, store.Count).Where(row => !isHeldOut[row])], [.. Enumerable.Range(0, store.Count).Where(row => isHeldOut[row])]);
    }

    /// <summary>What tells the parts of streamed data apart; to be begun anew for each pass.</summary>
    /// <param name="reading">How the rows are split.</param>
    /// <param name="heldOut">Whether the part is the one held out.</param>
    internal static Func<RowFilter> Filter(ExampleReading reading, bool heldOut)
    {
        int seed = reading.Seed;
        ulong below = (ulong)Math.Ceiling(reading.ValidationFraction * (1UL << 53));
        if (reading.SamplingKeyColumn is not null)
        {
            return () => (_, _, group) => IsHeldOut(group, seed, below) == heldOut;
        }

        return reading.StratifyBy.Count == 0
            ? () => (number, _, _) => IsHeldOut((ulong)number, seed, below) == heldOut
            : () =>
            {
                var counts = new Dictionary<ulong, long>();
                return (_, row, _) =>
                {
                    ulong stratum = Stratum(row, reading);
                    return IsHeldOut(stratum, CollectionsMarshal.GetValueRefOrAddDefault(counts, stratum, out _)++, reading) == heldOut;
                };
            };
    }

    /// <summary>Decides by a hash, of which 53 bits are below a limit or not, so that no list of rows is needed.</summary>
    private static bool IsHeldOut(ulong number, int seed, ulong below) => Hash(number, seed) >> 11 < below;

    /// <summary>
    /// The rows of a class come in runs of which each has one that is held out, at a place that a hash decides: after any
    /// number of rows, the part held out is exact to one row, and no list of rows is needed.
    /// </summary>
    private static bool IsHeldOut(ulong stratum, long number, ExampleReading reading)
    {
        double length = 1 / reading.ValidationFraction;
        long run = (long)(number / length);
        // Rounding may put the first or the last row of a run into its neighbor.
        run += number >= Start(run + 1) ? 1 : number < Start(run) ? -1 : 0;
        long start = Start(run);
        ulong place = Hash(unchecked(GroupReader.Mix(stratum + 1) + (ulong)run), reading.Seed) % (ulong)(Start(run + 1) - start);
        return number == start + (long)place;

        long Start(long of) => (long)Math.Ceiling(of * length);
    }

    private static ulong Hash(ulong number, int seed) => GroupReader.Mix(unchecked((number * 0x9E3779B97F4A7C15) + (ulong)seed));

    /// <summary>The classes of a row, as one number.</summary>
    private static ulong Stratum(ReadOnlySpan<float> row, ExampleReading reading)
    {
        ulong stratum = 0;
        for (int i = 0; i < reading.StratifyBy.Count; i++)
        {
            // Fewer classes than 2^24, so that one or two labels never collide.
            stratum = unchecked((stratum * (1UL << 24)) + (ulong)row[reading.Layout.LabelOffsets[reading.StratifyBy[i]]]);
        }

        return stratum;
    }

    /// <summary>Draws rows at random, of each stratum as many as its share asks for.</summary>
    /// <param name="rows">The numbers of all rows; they are shuffled.</param>
    /// <param name="stratumOf">The stratum of a row.</param>
    /// <param name="count">How many are drawn.</param>
    /// <param name="fraction">The share of each stratum.</param>
    /// <param name="random">What decides.</param>
    /// <returns>For each row, whether it was drawn.</returns>
    internal static bool[] Drawn(int[] rows, Func<int, ulong> stratumOf, int count, double fraction, Random random)
    {
        var sizes = new Dictionary<ulong, int>();
        foreach (int row in rows)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sizes, stratumOf(row), out _)++;
        }

        Dictionary<ulong, int> quotas = Quotas(sizes, count, fraction);
        random.Shuffle(rows);
        bool[] isHeldOut = new bool[rows.Length];
        foreach (int row in rows)
        {
            ref int quota = ref CollectionsMarshal.GetValueRefOrNullRef(quotas, stratumOf(row));
            isHeldOut[row] = quota-- > 0;
        }

        return isHeldOut;
    }

    /// <summary>Whole rows by the largest remainder (Hamilton's method); of equal remainders that of the larger class.</summary>
    private static Dictionary<ulong, int> Quotas(Dictionary<ulong, int> sizes, int count, double fraction)
    {
        Dictionary<ulong, int> quotas = sizes.ToDictionary(size => size.Key, size => (int)(size.Value * fraction));
        int left = count - quotas.Values.Sum();
        foreach (ulong stratum in sizes.OrderByDescending(size => (size.Value * fraction) - quotas[size.Key])
            .ThenByDescending(size => size.Value).ThenBy(size => size.Key).Select(size => size.Key).Take(left).ToArray())
        {
            quotas[stratum]++;
        }

        return quotas;
    }

    /// <summary>Draws groups at random until there are enough rows, or as many as come nearest to it; one at least.</summary>
    private static bool[] WholeGroups(List<ulong> groups, int count, ExampleReading reading, Random random)
    {
        ulong[] order = [.. groups.Distinct()];
        if (order.Length < 2)
        {
            throw new InvalidOperationException(
                $"Column '{reading.SamplingKeyColumn}' ({nameof(NeuralNetworkOptions.SamplingKeyColumnName)}) has the same value in all rows of the {reading.DataName}, so that none can be held out for validation. Use another column, or give a validation set: Fit(train, validation).");
        }

        Dictionary<ulong, int> sizes = groups.CountBy();
        random.Shuffle(order);
        HashSet<ulong> heldOut = [order[0]];
        int rows = sizes[order[0]];
        foreach (ulong group in order.AsSpan(1, order.Length - 2))
        {
            int with = rows + sizes[group];
            if (rows >= count || with - count > count - rows)
            {
                break;
            }

            heldOut.Add(group);
            rows = with;
        }

        return [.. groups.Select(heldOut.Contains)];
    }

    private static Dictionary<ulong, int> CountBy(this List<ulong> values)
    {
        var counts = new Dictionary<ulong, int>();
        foreach (ulong value in values)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
        }

        return counts;
    }
}
