using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>Reads what a label's keys stand for, whatever its type.</summary>
internal static class LabelClasses
{
    private const string KeyValues = "KeyValues";

    private static readonly MethodInfo ReadValuesMethod =
        typeof(LabelClasses).GetMethod(nameof(ReadValues), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The classes of a label column; without key values where it has none of that number.</summary>
    internal static ClassLabels Read(DataViewSchema.Column label, int count)
    {
        DataViewSchema.Column? annotation = label.Annotations.Schema.GetColumnOrNull(KeyValues);
        return annotation?.Type is VectorDataViewType { ItemType: PrimitiveDataViewType itemType } vector && vector.Size == count
            ? new ClassLabels(count, itemType, (Array)ReadValuesMethod.MakeGenericMethod(itemType.RawType).Invoke(null, [label])!)
            : new ClassLabels(count);
    }

    private static T[] ReadValues<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.Annotations.GetValue(KeyValues, ref values);
        return [.. values.DenseValues()];
    }
}
