using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Regression: one unit, or one for each value of the label, no activation, mean squared error.</summary>
internal sealed class RegressionHead : TaskHead
{
    internal override PredictionTask Task => PredictionTask.Regression;

    internal override Activation OutputActivation => Activation.Linear;

    internal override Objective Objective { get; } = new(PredictionTask.Regression, new MeanSquaredError(), [new MeanAbsoluteError()]);

    internal override string? LabelProblem(SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey) =>
        kind != SchemaShape.Column.VectorKind.VariableVector && !isKey && (itemType is NumberDataViewType || (kind == SchemaShape.Column.VectorKind.Vector && itemType is BooleanDataViewType))
            ? null
            : "a number (Single), or a vector of numbers (or booleans) of known size. Convert it: mlContext.Transforms.Conversion.ConvertType";

    internal override LabelColumn ReadLabel(DataViewSchema.Column label) => new(label.Name, LabelEncoding.Number, IsKey: false, VectorSize(label));

    internal override ClassLabels? Classes(DataViewSchema.Column label) => null;

    internal override int OutputUnits(DataViewSchema.Column label) => Math.Max(1, VectorSize(label));

    private static int VectorSize(DataViewSchema.Column label) => label.Type is VectorDataViewType vector ? vector.Size : 0;
}
