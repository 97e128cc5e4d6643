using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// PredictedLabel, Score and Probability of two classes. Score is the logit, because ML.NET's evaluator counts a row as
/// positive where Score is above 0 and looks at nothing else.
/// </summary>
internal sealed class BinaryOutputs : ScoreColumns
{
    private const string Kind = "BinaryClassification";

    /// <summary>
    /// The probability that is nearest to certainty. ML.NET's log-loss takes the logarithm as it is, and one row of a
    /// probability of exactly 0 would make it infinite. 1 - 2^-24 is the largest float below 1.
    /// </summary>
    private const float LeastProbability = 1f / (1 << 24);

    private readonly ClassLabels? labels;

    internal BinaryOutputs(TrainedOutput output)
        : base(output)
    {
        if (output.Classes is { Count: not 2 })
        {
            throw new ArgumentException($"A binary classifier has 2 classes, not {output.Classes.Count}.", nameof(output));
        }

        // Without values a key would say no more than true and false.
        labels = output.Classes is { Values: not null } ? output.Classes : null;
    }

    internal override int ScoreSize => 1;

    internal override int Count => 3;

    internal static IReadOnlyList<SchemaShape.Column> GetShapes(TrainedOutput output, SchemaShape.Column label) =>
    [
        ScoreAnnotations.GetLabelValueType(label) is { } valueType
            ? SchemaShapes.Scalar(
                output.PredictedLabelName, NumberDataViewType.UInt32, isKey: true,
                [.. ScoreAnnotations.CommonShapes, SchemaShapes.Vector(ScoreAnnotations.KeyValues, valueType)])
            : SchemaShapes.Scalar(output.PredictedLabelName, BooleanDataViewType.Instance, annotations: ScoreAnnotations.CommonShapes),
        SchemaShapes.Scalar(output.ScoreName, NumberDataViewType.Single, annotations: ScoreAnnotations.CommonShapes),
        SchemaShapes.Scalar(
            output.ProbabilityName, NumberDataViewType.Single, annotations: [.. ScoreAnnotations.CommonShapes, ScoreAnnotations.IsNormalizedShape]),
    ];

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId)
    {
        DataViewSchema.Annotations.Builder predictedLabel = ScoreAnnotations.Common(setId, Kind, PredictedLabel);
        if (labels is not null)
        {
            predictedLabel.AddLabelValues(ScoreAnnotations.KeyValues, labels);
        }

        DataViewSchema.Annotations.Builder probability = ScoreAnnotations.Common(setId, Kind, Probability);
        probability.AddIsNormalized();
        return
        [
            new(Output.PredictedLabelName, labels is null ? BooleanDataViewType.Instance : new KeyDataViewType(typeof(uint), 2), predictedLabel.ToAnnotations()),
            new(Output.ScoreName, NumberDataViewType.Single, ScoreAnnotations.Common(setId, Kind, Score).ToAnnotations()),
            new(Output.ProbabilityName, NumberDataViewType.Single, probability.ToAnnotations()),
        ];
    }

    internal override Delegate CreateGetter(int column, ScoreSource scores, int output) => column switch
    {
        0 when labels is not null => (ValueGetter<uint>)((ref uint value) => value = ToKey(scores.Current(output)[0])),
        0 => (ValueGetter<bool>)((ref bool value) => value = scores.Current(output)[0] > 0),
        1 => (ValueGetter<float>)((ref float value) => value = scores.Current(output)[0]),
        2 => (ValueGetter<float>)((ref float value) => value = ToProbability(scores.Current(output)[0])),
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    /// <summary>The sigmoid of a logit, accurate at both ends, and never quite 0 or 1.</summary>
    internal static float ToProbability(float logit)
    {
        // exp only of negative numbers: it cannot overflow, and small probabilities keep their digits.
        double small = Math.Exp(-Math.Abs((double)logit));
        double probability = logit >= 0 ? 1 / (1 + small) : small / (1 + small);
        return float.IsNaN(logit) ? float.NaN : Math.Clamp((float)probability, LeastProbability, 1 - LeastProbability);
    }

    // Keys count from 1; 0 is "missing", which a score of NaN deserves.
    private static uint ToKey(float logit) => float.IsNaN(logit) ? 0u : logit > 0 ? 2u : 1u;
}
