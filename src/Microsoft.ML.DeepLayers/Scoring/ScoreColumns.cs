using Microsoft.ML.Data;

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

    private protected ScoreColumns(TrainedOutput output) => Output = output;

    /// <summary>The number of values that the network gives for a row.</summary>
    internal abstract int ScoreSize { get; }

    /// <summary>The number of columns.</summary>
    internal abstract int Count { get; }

    /// <summary>What is predicted, and how its columns are called.</summary>
    private protected TrainedOutput Output { get; }

    /// <summary>The columns of an output of a trained network.</summary>
    internal static ScoreColumns Create(TrainedOutput output) => output.Task switch
    {
        PredictionTask.BinaryClassification => new BinaryOutputs(output),
        PredictionTask.MulticlassClassification => new MulticlassOutputs(
            output, output.Classes ?? throw new ArgumentException("A network for several classes must say which.", nameof(output))),
        PredictionTask.Regression => new RegressionOutputs(output),
        _ => throw new ArgumentException($"There are no output columns for {output.Task}.", nameof(output)),
    };

    /// <summary>What an estimator promises: the same columns, as far as they are known before training.</summary>
    /// <param name="task">The task.</param>
    /// <param name="outputName">The output's name, or <see langword="null"/> for ML.NET's usual columns.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="isVector">Whether the score is a vector even where the label is a number.</param>
    internal static IReadOnlyList<SchemaShape.Column> GetShapes(PredictionTask task, string? outputName, SchemaShape.Column label, bool isVector = false)
    {
        var output = new TrainedOutput(outputName, task, label.Name);
        return task switch
        {
            PredictionTask.BinaryClassification => BinaryOutputs.GetShapes(output, label),
            PredictionTask.MulticlassClassification => MulticlassOutputs.GetShapes(output, label),
            PredictionTask.Regression => RegressionOutputs.GetShapes(output, label, isVector),
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "There are no output columns for this task."),
        };
    }

    /// <summary>The columns with types and annotations.</summary>
    /// <param name="setId">The number that marks the columns of one scoring as belonging together.</param>
    internal abstract IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId);

    /// <summary>Makes the <see cref="ValueGetter{TValue}"/> of a column.</summary>
    /// <param name="column">Its position among these columns.</param>
    /// <param name="scores">The scores of the current row.</param>
    /// <param name="output">Which of the network's outputs these columns are for.</param>
    internal abstract Delegate CreateGetter(int column, ScoreSource scores, int output);

    /// <summary>The getter of a vector of scores.</summary>
    private protected static ValueGetter<VBuffer<float>> VectorGetter(ScoreSource scores, int output) => (ref VBuffer<float> value) =>
    {
        ReadOnlySpan<float> current = scores.Current(output);
        if (value.IsDense && value.Length == current.Length)
        {
            // The last row's: only the values change.
            current.CopyTo(VBufferEditor.CreateFromBuffer(ref value).Values);
            return;
        }

        VBufferEditor<float> editor = VBufferEditor.Create(ref value, current.Length);
        current.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
