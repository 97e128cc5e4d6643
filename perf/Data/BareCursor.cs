using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The least that reading a view can cost: a cursor over the features and the label, and nothing done with them.</summary>
internal static class BareCursor
{
    internal static void Read(IDataView view) => Read<float>(view);

    /// <param name="view">The view.</param>
    /// <typeparam name="T">The type of a feature.</typeparam>
    internal static void Read<T>(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["Features"], view.Schema["Label"]]);
        ValueGetter<VBuffer<T>> features = cursor.GetGetter<VBuffer<T>>(view.Schema["Features"]);
        ValueGetter<float> label = cursor.GetGetter<float>(view.Schema["Label"]);
        VBuffer<T> values = default;
        float expected = 0;
        double sum = 0;
        while (cursor.MoveNext())
        {
            features(ref values);
            label(ref expected);
            sum += expected;
        }

        if (!double.IsFinite(sum))
        {
            throw new InvalidOperationException("A label is missing.");
        }
    }
}
