using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>How the examples of a data set are to be read.</summary>
/// <param name="Layout">The columns.</param>
/// <param name="MissingValues">What happens to rows with missing values.</param>
/// <param name="CacheBytes">How many bytes of examples may be kept in memory.</param>
/// <param name="ValidationFraction">The part held out for validation, from 0 to below 1.</param>
/// <param name="Seed">Decides which examples are held out.</param>
/// <param name="DataName">What messages call the data.</param>
internal sealed record ExampleReading(ExampleLayout Layout, MissingValues MissingValues, long CacheBytes, double ValidationFraction, int Seed, string DataName = "training data")
{
    /// <summary>The labels, by number, whose classes keep their shares on both sides of the split.</summary>
    internal IReadOnlyList<int> StratifyBy { get; init; } = [];

    /// <summary>The column of which rows with equal values come to the same side of the split, if any.</summary>
    internal string? SamplingKeyColumn { get; init; }

    /// <summary>Which training examples an epoch takes.</summary>
    internal ExampleSampling Sampling { get; init; }

    /// <summary>The label, by number, whose classes are drawn equally often.</summary>
    internal int SampledLabel { get; init; }
}

/// <summary>The examples of a data set for training, and those held out for validation.</summary>
internal sealed record ExampleSet(ExampleSource Training, ExampleSource? Validation)
{
    /// <summary>
    /// Reads the data once into memory; where it does not fit the budget, it will be streamed in every epoch instead.
    /// </summary>
    internal static ExampleSet Read(IDataView data, ExampleReading reading, IChannel channel, Action checkAlive)
    {
        RowStore store = RowStore.Create(reading.Layout);
        List<ulong>? groups = reading.ValidationFraction > 0 && reading.SamplingKeyColumn is not null ? [] : null;
        long bytes = 0;
        using var reader = new ExampleReader(
            data, reading.Layout, reading.MissingValues, dataName: reading.DataName, groupColumn: groups is null ? null : reading.SamplingKeyColumn);
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
            groups?.Add(reader.Group);
        }

        if (reader.SkippedRows > 0)
        {
            channel.Warning(MessageSensitivity.None, string.Create(
                CultureInfo.InvariantCulture, $"Skipped {reader.SkippedRows} of {reader.SkippedRows + store.Count} rows with missing values."));
        }

        return store.Count > 0
            ? Split(store, groups, reading)
            : throw new InvalidOperationException(reader.SkippedRows > 0
                ? $"All {reader.SkippedRows} rows of the {reading.DataName} have missing values and were skipped, so nothing is left."
                : $"The {reading.DataName} has no rows.");
    }

    private static ExampleSet Split(RowStore store, List<ulong>? groups, ExampleReading reading)
    {
        if (reading.ValidationFraction <= 0)
        {
            int[] rows = [.. Enumerable.Range(0, store.Count)];
            return new ExampleSet(new CachedExamples(reading.Layout, store, rows, Sampler(store, rows, reading)), null);
        }

        (int[] training, int[] validation) = ValidationSplit.Split(store, groups, reading);
        return new ExampleSet(
            new CachedExamples(reading.Layout, store, training, Sampler(store, training, reading)), new CachedExamples(reading.Layout, store, validation));
    }

    /// <summary>What draws the rows of an epoch; <see langword="null"/> where each comes once.</summary>
    private static RowSampler? Sampler(RowStore store, int[] rows, ExampleReading reading) => reading.Sampling switch
    {
        ExampleSampling.BalancedClasses => new BalancedSampler(rows, row => (int)store[row][reading.Layout.LabelOffsets[reading.SampledLabel]]),
        ExampleSampling.ByWeight => new WeightedSampler(rows, [.. rows.Select(row => store[row][reading.Layout.WeightOffset])]),
        _ => null,
    };

    private static ExampleSet Stream(IDataView data, ExampleReading reading)
    {
        if (reading.Sampling != ExampleSampling.Uniform)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(NeuralNetworkOptions.Sampling)} = {reading.Sampling} draws examples from memory, but the {reading.DataName} does not fit the cache of {reading.CacheBytes:N0} bytes. Raise {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.CacheBytes)}, or let rare examples weigh more: {nameof(NeuralNetworkOptions.ClassWeights)} = {nameof(ClassWeights)}.{nameof(ClassWeights.Balanced)}, or {nameof(NeuralNetworkOptions.ExampleWeightColumnName)}."));
        }

        bool isSplit = reading.ValidationFraction > 0;
        StreamedExamples Part(bool heldOut) => new(
            data, reading.Layout, reading.MissingValues, reading.CacheBytes, isSplit ? ValidationSplit.Filter(reading, heldOut) : null, reading.DataName,
            isSplit ? reading.SamplingKeyColumn : null);

        return new ExampleSet(Part(false), isSplit ? Part(true) : null);
    }
}
