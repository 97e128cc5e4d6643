using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Score: the predicted number.</summary>
internal sealed class RegressionOutputs : ScoreColumns
{
    private const string Kind = "Regression";

    internal override int ScoreSize => 1;

    internal override int Count => 1;

    internal static IReadOnlyList<SchemaShape.Column> GetShapes() =>
        [SchemaShapes.Scalar(Score, NumberDataViewType.Single, annotations: ScoreAnnotations.CommonShapes)];

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId) =>
        [new(Score, NumberDataViewType.Single, ScoreAnnotations.Common(setId, Kind, Score).ToAnnotations())];

    internal override Delegate CreateGetter(int column, ScoreSource scores) =>
        (ValueGetter<float>)((ref float value) => value = scores.Current[0]);
}
