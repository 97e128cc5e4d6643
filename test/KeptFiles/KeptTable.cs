using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KeptFiles;

/// <summary>Everything that a model makes of some data: the schema of all columns, and the values of those that it adds.</summary>
internal static class KeptTable
{
    /// <summary>Scores some data, and writes down columns, annotations and values.</summary>
    internal static JsonObject Of(ITransformer model, IDataView input)
    {
        IDataView scored = model.Transform(input);
        return new JsonObject
        {
            ["columns"] = new JsonArray([.. scored.Schema.Select(Describe)]),
            ["rows"] = Rows(scored, [.. scored.Schema.Where(column => !column.IsHidden && input.Schema.GetColumnOrNull(column.Name) is null)]),
        };
    }

    private static JsonObject Describe(DataViewSchema.Column column) => new()
    {
        ["name"] = column.Name,
        ["type"] = $"{column.Type}",
        ["hidden"] = column.IsHidden,
        ["annotations"] = new JsonObject(column.Annotations.Schema.OrderBy(annotation => annotation.Name, StringComparer.Ordinal)
            .Select(annotation => KeyValuePair.Create(annotation.Name, (JsonNode?)new JsonObject
            {
                ["type"] = $"{annotation.Type}",
                ["value"] = Invoke(nameof(ReadAnnotation), annotation.Type, column.Annotations, annotation.Name) is JsonNode value ? value : null,
            }))),
    };

    private static JsonArray Rows(IDataView view, DataViewSchema.Column[] columns)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        Func<JsonNode?>[] readers = [.. columns.Select(column => (Func<JsonNode?>)Invoke(nameof(MakeReader), column.Type, cursor, column)!)];
        var rows = new JsonArray();
        while (cursor.MoveNext())
        {
            rows.Add(new JsonObject(columns.Zip(readers, (column, read) => KeyValuePair.Create(column.Name, read()))));
        }

        return rows;
    }

    private static object? Invoke(string method, DataViewType type, params object[] arguments) => typeof(KeptTable)
        .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.RawType).Invoke(null, arguments);

    private static JsonNode? ReadAnnotation<T>(DataViewSchema.Annotations annotations, string name)
    {
        T value = default!;
        annotations.GetValue(name, ref value);
        return Value(value);
    }

    private static Func<JsonNode?> MakeReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return Value(value);
        };
    }

    private static JsonNode? Value(object? value)
    {
        switch (value)
        {
            case MLImage image:
                using (image)
                {
                    return new JsonObject
                    {
                        ["width"] = image.Width,
                        ["height"] = image.Height,
                        ["format"] = $"{image.PixelFormat}",
                        // As shares of 255: one level more or less is then the same difference everywhere.
                        ["pixels"] = KeptJson.Value(image.Pixels.ToArray().Select(pixel => Math.Round(pixel / 255.0, 3))),
                    };
                }

            case VBuffer<byte> bytes:
                return KeptJson.Value(bytes.DenseValues().Select(number => (int)number));
            case { } when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>):
                return KeptJson.Value(type.GetMethod(nameof(VBuffer<float>.DenseValues))!.Invoke(value, []));
            default:
                return KeptJson.Value(value);
        }
    }
}
