using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Predicted numbers on the validation data: a sample of them, and how far they are off.</summary>
internal sealed class RegressionEvaluation(Objective objective, int seed) : OutputEvaluation(objective)
{
    private const int MaxValues = 4;
    private const int MaxSample = 2000;

    private readonly Random random = new(seed);
    private readonly List<float[]> sample = [];
    private ErrorSums[] sums = [];
    private (int Labels, int Predictions) shown;
    private (bool Labels, bool Predictions) hasMore;
    private bool isComparable;

    /// <summary>The first values of the label, then those of the output.</summary>
    protected override IEnumerable<Tensor> Columns(ComparedOutput output, int count)
    {
        Tensor labels = output.Labels(takesClassIndices: false).reshape(count, -1);
        Tensor predictions = output.Values(takesLogits: false, Objective.Loss.OutputForm).reshape(count, -1);
        (long labelSize, long predictionSize) = (labels.shape[1], predictions.shape[1]);
        shown = ((int)Math.Min(labelSize, MaxValues), (int)Math.Min(predictionSize, MaxValues));
        hasMore = (labelSize > MaxValues, predictionSize > MaxValues);
        // What a loss makes of anything else than a value for each value of the label, only it knows.
        isComparable = labelSize == predictionSize && Objective.Loss.OutputForm == OutputForm.LikeLabel;
        if (isComparable && sums.Length == 0)
        {
            sums = [.. Enumerable.Range(0, shown.Labels).Select(_ => new ErrorSums())];
        }

        return [labels.narrow(1, 0, shown.Labels), predictions.narrow(1, 0, shown.Predictions)];
    }

    protected override void AddExample(ReadOnlySpan<float> numbers)
    {
        if (!isComparable)
        {
            return;
        }

        for (int value = 0; value < sums.Length; value++)
        {
            sums[value].Add(numbers[value], numbers[shown.Labels + value]);
        }

        // Each example is as likely to be in the sample as any other (Vitter 1985, algorithm R).
        int room = MaxSample / sums.Length;
        if (sample.Count < room)
        {
            sample.Add(numbers.ToArray());
        }
        else if (random.NextInt64(Examples + 1) is long place && place < room)
        {
            sample[(int)place] = numbers.ToArray();
        }
    }

    protected override EvaluatedExample Describe(long row, ReadOnlySpan<float> numbers, double loss)
    {
        // Sequences may give outputs of different lengths: what was kept says how many values there were.
        int labels = Math.Min(shown.Labels, numbers.Length);
        return new EvaluatedExample(
            row, EvaluationText.Values(numbers[..labels], hasMore.Labels), EvaluationText.Values(numbers[labels..], hasMore.Predictions), null, loss);
    }

    protected override EvaluationSummary Describe(double loss, IReadOnlyList<EvaluatedExample> worstExamples) => new()
    {
        OutputName = Objective.OutputName,
        Task = Objective.Task,
        Examples = Examples,
        Loss = loss,
        Fits = [.. sums.Select((sum, value) => sum.ToFit(value))],
        Sample = [.. sample.SelectMany(numbers => Enumerable.Range(0, sums.Length)
            .Select(value => new PredictedValue(value, numbers[value], numbers[sums.Length + value])))],
        WorstExamples = worstExamples,
    };

    /// <summary>What adds up. The spread of labels is summed as they come (Welford 1962), since large labels would lose it.</summary>
    private sealed class ErrorSums
    {
        private long count;
        private double error;
        private double absolute;
        private double squared;
        private double labelMean;
        private double labelSpread;

        internal void Add(double label, double prediction)
        {
            count++;
            error += prediction - label;
            absolute += Math.Abs(prediction - label);
            squared += (prediction - label) * (prediction - label);
            double before = label - labelMean;
            labelMean += before / count;
            labelSpread += before * (label - labelMean);
        }

        internal RegressionFit ToFit(int value) => new(
            value, error / count, absolute / count, Math.Sqrt(squared / count), labelSpread > 0 ? 1 - (squared / labelSpread) : double.NaN);
    }
}
