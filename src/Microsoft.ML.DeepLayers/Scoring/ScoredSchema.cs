using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>A schema and what scoring adds to it: first all the input's columns, then ours.</summary>
internal sealed class ScoredSchema
{
    private ScoredSchema(TrainedNetwork network, DataViewSchema input, DataViewSchema output, ScoreColumns scores)
    {
        Network = network;
        Input = input;
        Output = output;
        Scores = scores;
        InputColumns = [.. network.Inputs.Select(column => input[column.Name])];
    }

    internal TrainedNetwork Network { get; }

    internal DataViewSchema Input { get; }

    internal DataViewSchema Output { get; }

    internal ScoreColumns Scores { get; }

    /// <summary>The columns that the network reads, in its order.</summary>
    internal IReadOnlyList<DataViewSchema.Column> InputColumns { get; }

    /// <summary>Holds a schema against what the network was trained with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it was; ML.NET throws the same.</exception>
    internal static ScoredSchema Create(TrainedNetwork network, ScoreColumns scores, DataViewSchema input, string parameter)
    {
        foreach (InputColumn column in network.Inputs)
        {
            if (column.Mismatch(input) is { } mismatch)
            {
                throw new ArgumentOutOfRangeException(parameter, mismatch);
            }
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumns(scores.Describe(ScoreAnnotations.NextSetId(input)));
        return new ScoredSchema(network, input, builder.ToSchema(), scores);
    }

    /// <summary>Which columns of the output are wanted.</summary>
    internal bool[] Activate(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>Whether one of our columns is wanted, so that the network must run.</summary>
    internal bool NeedsScores(bool[] active) => active.AsSpan(Input.Count).Contains(true);

    /// <summary>The columns of the input that the wanted columns of the output need.</summary>
    internal IEnumerable<DataViewSchema.Column> GetDependencies(bool[] active)
    {
        bool[] needed = active[..Input.Count];
        if (NeedsScores(active))
        {
            foreach (DataViewSchema.Column column in InputColumns)
            {
                needed[column.Index] = true;
            }
        }

        return Input.Where(column => needed[column.Index]);
    }

    /// <summary>The getters of our wanted columns; <see langword="null"/> for the others.</summary>
    internal Delegate?[] CreateScoreGetters(bool[] active, ScoreSource? source)
    {
        var getters = new Delegate?[Scores.Count];
        for (int i = 0; i < getters.Length; i++)
        {
            if (source is not null && active[Input.Count + i])
            {
                getters[i] = Scores.CreateGetter(i, source);
            }
        }

        return getters;
    }

    /// <summary>Refuses a getter that was not asked for when the cursor was made, or of another type.</summary>
    internal static ValueGetter<TValue> CheckGetter<TValue>(Delegate? getter, DataViewSchema.Column column) => getter switch
    {
        ValueGetter<TValue> typed => typed,
        null => throw new InvalidOperationException(
            $"Column '{column.Name}' is not active: name it among the columns needed when you make the cursor."),
        _ => throw new InvalidOperationException(
            $"Column '{column.Name}' is of type {column.Type}, whose values are {column.Type.RawType}, not {typeof(TValue)}."),
    };
}
