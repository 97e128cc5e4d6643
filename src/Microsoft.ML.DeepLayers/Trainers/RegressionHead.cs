using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Training;
using Microsoft.ML.DeepLayers.Training.Losses;
using Microsoft.ML.DeepLayers.Training.Metrics;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Regression: one unit, no activation, mean squared error.</summary>
internal sealed class RegressionHead : TaskHead
{
    internal override PredictionTask Task => PredictionTask.Regression;

    internal override Activation OutputActivation => Activation.Linear;

    internal override Objective Objective { get; } = new(new MeanSquaredError(), [new MeanAbsoluteError()]);

    internal override string? LabelProblem(SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey) =>
        kind == SchemaShape.Column.VectorKind.Scalar && !isKey && itemType is NumberDataViewType
            ? null
            : "a number (Single). Convert it: mlContext.Transforms.Conversion.ConvertType";

    internal override LabelColumn ReadLabel(DataViewSchema.Column label) => new(label.Name, LabelEncoding.Number, IsKey: false);

    internal override ClassLabels? Classes(DataViewSchema.Column label) => null;

    internal override int OutputUnits(DataViewSchema.Column label) => 1;
}
