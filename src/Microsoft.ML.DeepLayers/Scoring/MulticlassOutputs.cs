using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>PredictedLabel, the key of the likeliest class, and Score, a probability for each class.</summary>
internal sealed class MulticlassOutputs(TrainedOutput output, ClassLabels classes) : ScoreColumns(output)
{
    private const string Kind = "MulticlassClassification";

    internal override int ScoreSize => classes.Count;

    internal override int Count => 2;

    internal static IReadOnlyList<SchemaShape.Column> GetShapes(TrainedOutput output, SchemaShape.Column label)
    {
        List<SchemaShape.Column> predictedLabel = [.. ScoreAnnotations.CommonShapes];
        List<SchemaShape.Column> score = [.. ScoreAnnotations.CommonShapes];
        if (ScoreAnnotations.GetLabelValueType(label) is { } valueType)
        {
            predictedLabel.Add(SchemaShapes.Vector(ScoreAnnotations.KeyValues, valueType));
            score.Add(SchemaShapes.Vector(ScoreAnnotations.TrainingLabelValues, valueType));
            if (valueType is TextDataViewType)
            {
                score.Add(SchemaShapes.Vector(ScoreAnnotations.SlotNames, valueType));
            }
        }

        return
        [
            SchemaShapes.Scalar(output.PredictedLabelName, NumberDataViewType.UInt32, isKey: true, predictedLabel),
            SchemaShapes.Vector(output.ScoreName, NumberDataViewType.Single, score),
        ];
    }

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId)
    {
        DataViewSchema.Annotations.Builder predictedLabel = ScoreAnnotations.Common(setId, Kind, PredictedLabel);
        DataViewSchema.Annotations.Builder score = ScoreAnnotations.Common(setId, Kind, Score);
        if (classes.Values is not null)
        {
            predictedLabel.AddLabelValues(ScoreAnnotations.KeyValues, classes);
            score.AddLabelValues(ScoreAnnotations.TrainingLabelValues, classes);
            if (classes.ValueType is TextDataViewType)
            {
                score.AddLabelValues(ScoreAnnotations.SlotNames, classes);
            }
        }

        return
        [
            new(Output.PredictedLabelName, new KeyDataViewType(typeof(uint), classes.Count), predictedLabel.ToAnnotations()),
            new(Output.ScoreName, new VectorDataViewType(NumberDataViewType.Single, classes.Count), score.ToAnnotations()),
        ];
    }

    internal override Delegate CreateGetter(int column, ScoreSource scores, int output) => column switch
    {
        0 => (ValueGetter<uint>)((ref uint value) => value = ToKey(scores.Current(output))),
        1 => VectorGetter(scores, output),
        _ => throw new ArgumentOutOfRangeException(nameof(column)),
    };

    /// <summary>Keys count from 1; where nothing is a number, there is no likeliest class and the key is 0, "missing".</summary>
    private static uint ToKey(ReadOnlySpan<float> probabilities)
    {
        uint likeliest = 0;
        float largest = float.NegativeInfinity;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] > largest)
            {
                largest = probabilities[i];
                likeliest = (uint)i + 1;
            }
        }

        return likeliest;
    }
}
