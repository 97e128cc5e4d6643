namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// The columns that a task adds, exactly ML.NET's: what <c>Evaluate</c>, <c>CrossValidate</c>, <c>MapKeyToValue</c> and
/// <c>PermutationFeatureImportance</c> look for. They are added in ML.NET's order: PredictedLabel, Score, Probability.
/// </summary>
internal abstract class ScoreColumns
{
    internal const string PredictedLabel = "PredictedLabel";
    internal const string Score = "Score";
    internal const string Probability = "Probability";

    /// <summary>The number of values that the network gives for a row.</summary>
    internal abstract int ScoreSize { get; }

    /// <summary>The number of columns.</summary>
    internal abstract int Count { get; }

    /// <summary>The columns of a trained network.</summary>
    internal static ScoreColumns Create(TrainedNetwork network) => network.Task switch
    {
        PredictionTask.BinaryClassification => new BinaryOutputs(network.Classes),
        PredictionTask.MulticlassClassification => new MulticlassOutputs(
            network.Classes ?? throw new ArgumentException("A network for several classes must say which.", nameof(network))),
        PredictionTask.Regression => new RegressionOutputs(),
        _ => throw new ArgumentException($"There are no output columns for {network.Task}.", nameof(network)),
    };

    /// <summary>What an estimator promises: the same columns, as far as they are known before training.</summary>
    /// <param name="task">The task.</param>
    /// <param name="label">The label's column.</param>
    internal static IReadOnlyList<SchemaShape.Column> GetShapes(PredictionTask task, SchemaShape.Column label) => task switch
    {
        PredictionTask.BinaryClassification => BinaryOutputs.GetShapes(label),
        PredictionTask.MulticlassClassification => MulticlassOutputs.GetShapes(label),
        PredictionTask.Regression => RegressionOutputs.GetShapes(),
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "There are no output columns for this task."),
    };

    /// <summary>The columns with types and annotations.</summary>
    /// <param name="setId">The number that marks the columns of one scoring as belonging together.</param>
    internal abstract IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId);

    /// <summary>Makes the <see cref="ValueGetter{TValue}"/> of a column.</summary>
    /// <param name="column">Its position among these columns.</param>
    /// <param name="scores">The scores of the current row.</param>
    internal abstract Delegate CreateGetter(int column, ScoreSource scores);
}
