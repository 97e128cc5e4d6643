using System.Globalization;
using Microsoft.ML.DeepLayers.Scoring;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>A classifier on the validation data: confusion matrix and calibration.</summary>
/// <param name="objective">What the output is for.</param>
/// <param name="classes">The label's classes, where they are known.</param>
/// <param name="count">The number of classes.</param>
internal sealed class ClassEvaluation(Objective objective, ClassLabels? classes, int count) : OutputEvaluation(objective)
{
    private const int Bins = 10;

    private readonly long[][] confusion = count > EvaluationSummary.MaxClasses ? [] : [.. Enumerable.Range(0, count).Select(_ => new long[count])];
    private readonly long[] binCounts = new long[Bins];
    private readonly double[] binProbabilities = new double[Bins];
    private readonly long[] binHits = new long[Bins];
    private long found;

    private bool IsBinary => Objective.Task == PredictionTask.BinaryClassification;

    /// <summary>Label, predicted class, and the probability of that class or, of two, of the second.</summary>
    protected override IEnumerable<Tensor> Columns(ComparedOutput output, int count)
    {
        if (IsBinary)
        {
            // Scoring decides by the sign of the logit, too.
            return [output.Labels(takesClassIndices: true), output.Values(takesLogits: true, OutputForm.LikeLabel).Greater(0), output.Values(takesLogits: false, OutputForm.LikeLabel)];
        }

        (Tensor probability, Tensor predicted) = output.Values(takesLogits: false, OutputForm.LikeLabel).reshape(count, -1).max(1);
        return [output.Labels(takesClassIndices: true), predicted, probability];
    }

    protected override void AddExample(ReadOnlySpan<float> numbers)
    {
        (int label, int predicted, double probability) = ((int)numbers[0], (int)numbers[1], numbers[2]);
        found += label == predicted ? 1 : 0;
        if ((uint)label < (uint)confusion.Length && (uint)predicted < (uint)confusion.Length)
        {
            confusion[label][predicted]++;
        }

        if (double.IsFinite(probability))
        {
            int bin = Math.Clamp((int)(probability * Bins), 0, Bins - 1);
            binCounts[bin]++;
            binProbabilities[bin] += probability;
            binHits[bin] += (IsBinary ? label == 1 : label == predicted) ? 1 : 0;
        }
    }

    protected override EvaluatedExample Describe(long row, ReadOnlySpan<float> numbers, double loss) => new(
        row, NameOf((int)numbers[0]), NameOf((int)numbers[1]), IsBinary && numbers[1] == 0 ? 1 - numbers[2] : numbers[2], loss);

    protected override EvaluationSummary Describe(double loss, IReadOnlyList<EvaluatedExample> worstExamples) => new()
    {
        OutputName = Objective.OutputName,
        Task = Objective.Task,
        Examples = Examples,
        Loss = loss,
        ClassNames = [.. Enumerable.Range(0, confusion.Length).Select(NameOf)],
        ConfusionMatrix = confusion,
        Calibration = [.. Enumerable.Range(0, Bins).Select(bin => new CalibrationBin(
            binCounts[bin], binProbabilities[bin] / Math.Max(1, binCounts[bin]), binHits[bin] / (double)Math.Max(1, binCounts[bin])))],
        Accuracy = found / (double)Math.Max(1, Examples),
        WorstExamples = worstExamples,
    };

    private string NameOf(int index) => classes?.Values is { } values && index < values.Length
        ? Convert.ToString(values.GetValue(index), CultureInfo.InvariantCulture) ?? ""
        : IsBinary ? index == 0 ? bool.FalseString : bool.TrueString
        : (index + 1).ToString(CultureInfo.InvariantCulture);
}
