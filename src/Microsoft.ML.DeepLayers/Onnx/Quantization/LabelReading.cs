using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Trainers;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Finds the labels of an output in data that is given for comparison, if they are what they were at training.</summary>
internal static class LabelReading
{
    /// <summary>How to read an output's label; <see langword="null"/> where there is none to compare with.</summary>
    internal static LabelColumn? Find(TrainedOutput output, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(output.LabelColumnName) is not { } column)
        {
            return null;
        }

        var vector = column.Type as VectorDataViewType;
        DataViewType itemType = vector?.ItemType ?? column.Type;
        bool isKey = itemType is KeyDataViewType;
        int size = vector?.Size ?? 0;
        return output.Task switch
        {
            _ when !ColumnReader.CanRead(itemType) => null,
            PredictionTask.BinaryClassification when vector is null && (!isKey || HasClasses(column, output.Classes?.Count ?? 2, output.Classes)) =>
                new LabelColumn(column.Name, LabelEncoding.Boolean, isKey),
            PredictionTask.MulticlassClassification when vector is null && isKey && HasClasses(column, output.Classes!.Count, output.Classes) =>
                new LabelColumn(column.Name, LabelEncoding.ClassIndex, true),
            PredictionTask.Regression when !isKey && size == output.VectorSize => new LabelColumn(column.Name, LabelEncoding.Number, false, size),
            _ => null,
        };
    }

    /// <summary>Whether keys mean the same: those of another mapping have the same type.</summary>
    private static bool HasClasses(DataViewSchema.Column label, int count, ClassLabels? classes) =>
        ((KeyDataViewType)label.Type).Count == (ulong)count
        && (classes?.Values is null || Names(LabelClasses.Read(label, count)).SequenceEqual(Names(classes)));

    private static IEnumerable<string?> Names(ClassLabels classes) =>
        classes.Values?.Cast<object>().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)) ?? [];
}
