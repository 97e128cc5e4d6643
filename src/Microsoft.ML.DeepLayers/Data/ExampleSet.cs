using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>How the examples of a data set are to be read.</summary>
/// <param name="Layout">The columns.</param>
/// <param name="MissingValues">What happens to rows with missing values.</param>
/// <param name="CacheBytes">How many bytes of examples may be kept in memory.</param>
/// <param name="ValidationFraction">The part held out for validation, from 0 to below 1.</param>
/// <param name="Seed">Decides which examples are held out.</param>
internal sealed record ExampleReading(ExampleLayout Layout, MissingValues MissingValues, long CacheBytes, double ValidationFraction, int Seed);

/// <summary>The examples of a data set for training, and those held out for validation.</summary>
internal sealed record ExampleSet(ExampleSource Training, ExampleSource? Validation)
{
    /// <summary>
    /// Reads the data once into memory; where it does not fit the budget, it will be streamed in every epoch instead.
    /// </summary>
    internal static ExampleSet Read(IDataView data, ExampleReading reading, IChannel channel, Action checkAlive)
    {
        RowStore store = RowStore.Create(reading.Layout);
        long bytes = 0;
        using var reader = new ExampleReader(data, reading.Layout, reading.MissingValues);
        while (reader.MoveNext())
        {
            if (store.Count % 1024 == 0)
            {
                checkAlive();
            }

            bytes += reader.Row.Length * (long)sizeof(float);
            if (bytes > reading.CacheBytes)
            {
                channel.Info(MessageSensitivity.None, string.Create(
                    CultureInfo.InvariantCulture,
                    $"The data set does not fit the cache of {reading.CacheBytes:N0} bytes ({nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.CacheBytes)}): it is read anew in every epoch."));
                return Stream(data, reading);
            }

            store.Add(reader.Row);
        }

        if (reader.SkippedRows > 0)
        {
            channel.Warning(MessageSensitivity.None, string.Create(
                CultureInfo.InvariantCulture, $"Skipped {reader.SkippedRows} of {reader.SkippedRows + store.Count} rows with missing values."));
        }

        return store.Count > 0
            ? Split(store, reading)
            : throw new InvalidOperationException(reader.SkippedRows > 0
                ? $"All {reader.SkippedRows} rows of the training data have missing values and were skipped, so there is nothing to train on."
                : "The training data has no rows.");
    }

    private static ExampleSet Split(RowStore store, ExampleReading reading)
    {
        int[] rows = [.. Enumerable.Range(0, store.Count)];
        if (reading.ValidationFraction <= 0)
        {
            return new ExampleSet(new CachedExamples(reading.Layout, store, rows), null);
        }

        int heldOut = (int)Math.Round(store.Count * reading.ValidationFraction);
        if (heldOut == 0 || heldOut == store.Count)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"A validation fraction of {(float)reading.ValidationFraction} of {store.Count} rows leaves {store.Count - heldOut} for training and {heldOut} for validation. Use more rows or another fraction, or give a validation set: Fit(train, validation)."));
        }

        new Random(reading.Seed).Shuffle(rows);
        int[] validation = rows[..heldOut];
        int[] training = rows[heldOut..];
        Array.Sort(validation);
        Array.Sort(training);
        return new ExampleSet(
            new CachedExamples(reading.Layout, store, training), new CachedExamples(reading.Layout, store, validation));
    }

    private static ExampleSet Stream(IDataView data, ExampleReading reading)
    {
        StreamedExamples Part(Func<long, bool>? keep) => new(data, reading.Layout, reading.MissingValues, reading.CacheBytes, keep);

        return reading.ValidationFraction <= 0
            ? new ExampleSet(Part(null), null)
            : new ExampleSet(Part(row => !IsHeldOut(row, reading)), Part(row => IsHeldOut(row, reading)));
    }

    /// <summary>Decides by a hash of the row's number, so that no list of rows is needed (SplitMix64, Steele et al. 2014).</summary>
    private static bool IsHeldOut(long row, ExampleReading reading)
    {
        ulong hash = unchecked(((ulong)row * 0x9E3779B97F4A7C15) + (ulong)reading.Seed);
        hash = unchecked((hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9);
        hash = unchecked((hash ^ (hash >> 27)) * 0x94D049BB133111EB);
        return ((hash ^ (hash >> 31)) >> 11) * (1.0 / (1UL << 53)) < reading.ValidationFraction;
    }
}
