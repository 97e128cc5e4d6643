using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Multiclass classification: a unit a key of the label, softmax, categorical cross-entropy.</summary>
internal sealed class MulticlassHead : TaskHead
{
    internal override PredictionTask Task => PredictionTask.MulticlassClassification;

    internal override Activation OutputActivation => Activation.Softmax;

    internal override Objective Objective { get; } = new(PredictionTask.MulticlassClassification, new SparseCategoricalCrossentropy(), [new SparseCategoricalAccuracy("accuracy")]);

    internal override string? LabelProblem(SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey) =>
        kind == SchemaShape.Column.VectorKind.Scalar && isKey
            ? null
            : "a key. Map it first: mlContext.Transforms.Conversion.MapValueToKey";

    internal override LabelColumn ReadLabel(DataViewSchema.Column label) => new(label.Name, LabelEncoding.ClassIndex, IsKey: true);

    internal override ClassLabels Classes(DataViewSchema.Column label) =>
        LabelClasses.Read(label, checked((int)((KeyDataViewType)label.Type).Count));

    internal override int OutputUnits(DataViewSchema.Column label)
    {
        ulong count = ((KeyDataViewType)label.Type).Count;
        return count switch
        {
            < 2 => throw new ArgumentException(
                $"Label column '{label.Name}' has {count} class, but multiclass classification needs at least two."),
            > 1 << 24 => throw new ArgumentException(
                $"Label column '{label.Name}' is a key of {count} values, more than the 16,777,216 classes that a network can tell apart. Its count is probably not known: map it with Transforms.Conversion.MapValueToKey."),
            _ => (int)count,
        };
    }
}
