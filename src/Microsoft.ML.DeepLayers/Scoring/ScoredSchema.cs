using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>A schema and what scoring adds to it: first all the input's columns, then ours.</summary>
internal sealed class ScoredSchema
{
    private ScoredSchema(TrainedNetwork network, DataViewSchema input, DataViewSchema output, IReadOnlyList<ScoreColumns> scores)
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

    /// <summary>The columns of each output of the network.</summary>
    internal IReadOnlyList<ScoreColumns> Scores { get; }

    /// <summary>The columns that the network reads, in its order.</summary>
    internal IReadOnlyList<DataViewSchema.Column> InputColumns { get; }

    /// <summary>Holds a schema against what the network was trained with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or is not what it was; ML.NET throws the same.</exception>
    internal static ScoredSchema Create(TrainedNetwork network, IReadOnlyList<ScoreColumns> scores, DataViewSchema input, string parameter)
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
        uint setId = ScoreAnnotations.NextSetId(input);
        foreach (ScoreColumns columns in scores)
        {
            builder.AddColumns(columns.Describe(setId++));
        }

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
        var getters = new List<Delegate?>();
        for (int output = 0; output < Scores.Count; output++)
        {
            for (int column = 0; column < Scores[output].Count; column++)
            {
                bool wanted = source is not null && active[Input.Count + getters.Count];
                getters.Add(wanted ? Scores[output].CreateGetter(column, source!, output) : null);
            }
        }

        return [.. getters];
    }

    /// <summary>Which of the network's outputs the wanted columns need: the network computes no others.</summary>
    internal bool[] NeededOutputs(bool[] active)
    {
        int first = Input.Count;
        return [.. Scores.Select(scores =>
        {
            first += scores.Count;
            return active.AsSpan(first - scores.Count, scores.Count).Contains(true);
        })];
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
