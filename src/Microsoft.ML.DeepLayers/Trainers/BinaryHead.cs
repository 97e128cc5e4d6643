using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Binary classification: one unit, sigmoid, binary cross-entropy.</summary>
internal sealed class BinaryHead : TaskHead
{
    internal override PredictionTask Task => PredictionTask.BinaryClassification;

    internal override Activation OutputActivation => Activation.Sigmoid;

    internal override Objective Objective { get; } = new(PredictionTask.BinaryClassification, new BinaryCrossentropy(), [new BinaryAccuracy(name: "accuracy")]);

    internal override string? LabelProblem(SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey)
    {
        bool fits = kind == SchemaShape.Column.VectorKind.Scalar
            && (isKey || itemType is BooleanDataViewType || itemType == NumberDataViewType.Single || itemType == NumberDataViewType.Double);
        return fits ? null : "a boolean, a key of two values, or a number that is above 0 for true";
    }

    internal override LabelColumn ReadLabel(DataViewSchema.Column label)
    {
        if (label.Type is KeyDataViewType { Count: not 2 } key)
        {
            throw new ArgumentException(
                $"Label column '{label.Name}' is a key of {key.Count} values, but binary classification needs two. Use MulticlassClassification, or make a boolean of it.");
        }

        return new LabelColumn(label.Name, LabelEncoding.Boolean, label.Type is KeyDataViewType);
    }

    internal override ClassLabels? Classes(DataViewSchema.Column label) =>
        label.Type is KeyDataViewType ? LabelClasses.Read(label, 2) : null;

    internal override int OutputUnits(DataViewSchema.Column label) => 1;
}
