using System.Globalization;
using Microsoft.ML.DeepLayers.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// One pass over the validation data at the end of training. Of each batch a narrow table of numbers comes from the device
/// in one piece; everything after that is plain arithmetic, in memory that does not grow with the data.
/// </summary>
internal static class Evaluator
{
    /// <summary>Goes through the validation data; nothing where there is none, or where something is only tried out.</summary>
    /// <param name="plan">What is trained.</param>
    /// <param name="pass">Goes through the validation data and hands out each batch's outcome and number of examples.</param>
    internal static IReadOnlyList<EvaluationSummary> Run(TrainingPlan plan, Action<Action<StepOutcome, int>> pass)
    {
        if (!plan.HasValidation || plan.CallbacksInstead is not null)
        {
            return [];
        }

        OutputEvaluation[] outputs = [.. plan.Objectives.Select((objective, i) => OutputEvaluation.Create(plan, objective, i))];
        try
        {
            pass((outcome, count) =>
            {
                for (int i = 0; i < outputs.Length; i++)
                {
                    outputs[i].Add(outcome.Outputs[i], count);
                }
            });
        }
        catch (OperationCanceledException) when (plan.Options.KeepModelWhenCancelled)
        {
            // The training is done: the model is worth more than what would have been said about it.
            return [];
        }

        return [.. outputs.Select(output => output.Summarize())];
    }
}

/// <summary>What one output is found to do, batch after batch. One class a task.</summary>
internal abstract class OutputEvaluation(Objective objective)
{
    private readonly WorstExamples worst = new();
    private double lossSum;

    protected Objective Objective => objective;

    /// <summary>The number of examples so far.</summary>
    protected long Examples { get; private set; }

    internal static OutputEvaluation Create(TrainingPlan plan, Objective objective, int output)
    {
        ClassLabels? classes = output < plan.Classes.Count ? plan.Classes[output] : null;
        return objective.Task switch
        {
            PredictionTask.Regression => new RegressionEvaluation(objective, StepSeed.Of(plan.Seed, SeedPurpose.Evaluation, output)),
            PredictionTask.BinaryClassification => new ClassEvaluation(objective, classes, 2),
            _ => new ClassEvaluation(objective, classes, checked((int)plan.Shapes[plan.Graph.Outputs[output]].Size)),
        };
    }

    /// <summary>Adds a batch.</summary>
    internal void Add(ComparedOutput output, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor[] columns = [.. Columns(output, count), LossOf(output, count)];
        using Tensor table = cat([.. columns.Select(column => column.to(ScalarType.Float32).reshape(count, -1))], 1).cpu().contiguous();
        int width = (int)table.shape[1];
        float[] numbers = table.data<float>().ToArray();
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> row = numbers.AsSpan(i * width, width);
            AddExample(row[..^1]);
            lossSum += row[^1];
            worst.Add(Examples, row);
            Examples++;
        }
    }

    internal EvaluationSummary Summarize() => Describe(
        lossSum / Math.Max(1, Examples),
        [.. worst.InOrder().Select(example => Describe(example.Row, example.Numbers.AsSpan()[..^1], example.Numbers[^1]))]);

    /// <summary>What is looked at of each example, as numbers: <c>[batch]</c> or <c>[batch, values]</c>.</summary>
    protected abstract IEnumerable<Tensor> Columns(ComparedOutput output, int count);

    protected abstract void AddExample(ReadOnlySpan<float> numbers);

    protected abstract EvaluatedExample Describe(long row, ReadOnlySpan<float> numbers, double loss);

    protected abstract EvaluationSummary Describe(double loss, IReadOnlyList<EvaluatedExample> worstExamples);

    /// <summary>The losses of the examples. A function of somebody's own may have given their mean alone, or one for each value.</summary>
    private Tensor LossOf(ComparedOutput output, int count)
    {
        Loss loss = objective.Loss;
        Tensor losses = loss.PerExample(output.Values(loss.TakesLogits, loss.OutputForm), output.Labels(loss.TakesClassIndices));
        return losses.numel() == count ? losses.reshape(count)
            : losses.numel() > 0 && losses.numel() % count == 0 ? losses.reshape(count, -1).mean([1])
            : losses.mean().expand(count);
    }
}

/// <summary>The examples of the largest loss. Among equal ones the earlier is kept.</summary>
internal sealed class WorstExamples
{
    private const int Count = 10;

    private readonly PriorityQueue<(long Row, float[] Numbers), (double Loss, long Earliness)> kept = new();

    /// <param name="row">The example's number.</param>
    /// <param name="numbers">What is known of it, the loss last.</param>
    internal void Add(long row, ReadOnlySpan<float> numbers)
    {
        // A loss that is no number is the worst there is.
        double loss = float.IsNaN(numbers[^1]) ? double.PositiveInfinity : numbers[^1];
        if (kept.Count == Count)
        {
            kept.TryPeek(out _, out (double Loss, long Earliness) least);
            if (loss <= least.Loss)
            {
                return;
            }

            kept.Dequeue();
        }

        kept.Enqueue((row, numbers.ToArray()), (loss, -row));
    }

    /// <summary>The worst first.</summary>
    internal IEnumerable<(long Row, float[] Numbers)> InOrder() => kept.UnorderedItems
        .OrderByDescending(item => item.Priority).Select(item => item.Element);
}

/// <summary>How the numbers of an evaluation are written.</summary>
internal static class EvaluationText
{
    /// <summary>A few values of an example.</summary>
    internal static string Values(ReadOnlySpan<float> values, bool hasMore)
    {
        string text = string.Join(", ", values.ToArray().Select(value => value.ToString("G6", CultureInfo.InvariantCulture)));
        return hasMore ? $"{text}, ..." : text;
    }
}
