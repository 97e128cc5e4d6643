using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Score: the predicted number, or numbers.</summary>
internal sealed class RegressionOutputs(TrainedOutput output) : ScoreColumns(output)
{
    private const string Kind = "Regression";

    /// <summary>ML.NET's name for the prediction of a vector.</summary>
    private const string VectorKind = "MultiOutputRegression";

    internal override int ScoreSize => Math.Max(1, Output.VectorSize);

    internal override int Count => 1;

    internal static IReadOnlyList<SchemaShape.Column> GetShapes(TrainedOutput output, SchemaShape.Column label, bool isVector) =>
    [
        label.Kind == SchemaShape.Column.VectorKind.Scalar && !isVector
            ? SchemaShapes.Scalar(output.ScoreName, NumberDataViewType.Single, annotations: ScoreAnnotations.CommonShapes)
            : SchemaShapes.Vector(output.ScoreName, NumberDataViewType.Single, ScoreAnnotations.CommonShapes),
    ];

    internal override IReadOnlyList<DataViewSchema.DetachedColumn> Describe(uint setId) => Output.VectorSize == 0
        ? [new(Output.ScoreName, NumberDataViewType.Single, ScoreAnnotations.Common(setId, Kind, Score).ToAnnotations())]
        : [new(Output.ScoreName, new VectorDataViewType(NumberDataViewType.Single, Output.VectorSize), ScoreAnnotations.Common(setId, VectorKind, Score).ToAnnotations())];

    internal override Delegate CreateGetter(int column, ScoreSource scores, int output) => Output.VectorSize == 0
        ? (ValueGetter<float>)((ref float value) => value = scores.Current(output)[0])
        : VectorGetter(scores, output);
}
