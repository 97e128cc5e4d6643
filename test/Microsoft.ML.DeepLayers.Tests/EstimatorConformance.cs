using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests;

/// <summary>
/// What ML.NET expects of every estimator, checked from outside, by its public interfaces alone: an estimator promises
/// the schema that its transformer delivers; the transformer survives saving and loading; rows one by one, batches,
/// and shuffled cursors give the same values; invalid data is refused by all of them.
/// </summary>
internal static class EstimatorConformance
{
    /// <param name="ml">The context that the estimator was made with.</param>
    /// <param name="estimator">The estimator.</param>
    /// <param name="valid">Data that it can be fitted on.</param>
    /// <param name="invalid">Data that neither it nor its transformer may take.</param>
    /// <returns>The fitted transformer, for further questions.</returns>
    internal static ITransformer Check(MLContext ml, IEstimator<ITransformer> estimator, IDataView valid, params IDataView[] invalid)
    {
        SchemaShape promised = estimator.GetOutputSchema(ShapeOf(valid));
        ITransformer model = estimator.Fit(valid);
        CheckShapes(promised, ShapeOf(model.Transform(valid)));
        CheckSchemas(model.GetOutputSchema(valid.Schema), estimator.Fit(valid).GetOutputSchema(valid.Schema), "the schema after a second Fit");

        ITransformer loaded = SaveAndLoad(ml, model, valid.Schema, out DataViewSchema loadedSchema);
        CheckSchemas(valid.Schema, loadedSchema, "the saved input schema");
        foreach (ITransformer transformer in new[] { model, loaded })
        {
            CheckTransformer(transformer, valid, model);
        }

        foreach (IDataView data in invalid)
        {
            MustRefuse(() => estimator.GetOutputSchema(ShapeOf(data)), "GetOutputSchema of the estimator");
            MustRefuse(() => estimator.Fit(data), "Fit");
            foreach (ITransformer transformer in new[] { model, loaded })
            {
                CheckRefusal(transformer, data);
            }
        }

        return model;
    }

    /// <summary>All the ways in which a transformer can be asked must refuse the data.</summary>
    internal static void CheckRefusal(ITransformer transformer, IDataView invalid)
    {
        MustRefuse(() => transformer.GetOutputSchema(invalid.Schema), "GetOutputSchema");
        MustRefuse(() => transformer.Transform(invalid), "Transform");
        if (transformer.IsRowToRowMapper)
        {
            MustRefuse(() => transformer.GetRowToRowMapper(invalid.Schema), "GetRowToRowMapper");
        }
    }

    /// <summary>Saves a model and loads it as a stranger would: with a context that knows nothing.</summary>
    internal static ITransformer SaveAndLoad(MLContext ml, ITransformer model, DataViewSchema schema, out DataViewSchema loadedSchema)
    {
        using var stream = new MemoryStream();
        ml.Model.Save(model, schema, stream);
        stream.Position = 0;
        return new MLContext().Model.Load(stream, out loadedSchema);
    }

    /// <summary>The rows of a view, each with all its columns.</summary>
    internal static List<object[]> ReadRows(IDataView data, Random? random = null)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema, random);
        List<Func<object>> getters = [.. data.Schema.Select(column => ValueOf(cursor, column))];
        List<object[]> rows = [];
        while (cursor.MoveNext())
        {
            Assert.AreEqual(rows.Count, (int)cursor.Position);
            rows.Add([.. getters.Select(getter => getter())]);
        }

        return rows;
    }

    /// <summary>The shape of a view's schema. ML.NET shows it to estimators only, so one is put into a chain.</summary>
    internal static SchemaShape ShapeOf(IDataView data)
    {
        var listener = new ShapeListener();
        new EstimatorChain<ITransformer>().Append(listener).Fit(data);
        return listener.Heard!;
    }

    /// <summary>Two schemas are the same: names, types, hidden columns, annotations and their values.</summary>
    internal static void CheckSchemas(DataViewSchema expected, DataViewSchema actual, string what)
    {
        CollectionAssert.AreEqual(expected.Select(Describe).ToArray(), actual.Select(Describe).ToArray(), what);
        for (int i = 0; i < expected.Count; i++)
        {
            foreach (DataViewSchema.Column annotation in expected[i].Annotations.Schema)
            {
                AssertSame(
                    AnnotationValue(expected[i], annotation.Name), AnnotationValue(actual[i], annotation.Name),
                    $"{what}: annotation {annotation.Name} of {expected[i].Name}");
            }
        }
    }

    private static void CheckTransformer(ITransformer transformer, IDataView data, ITransformer original)
    {
        DataViewSchema schema = transformer.GetOutputSchema(data.Schema);
        IDataView output = transformer.Transform(data);
        CheckSchemas(original.GetOutputSchema(data.Schema), schema, "GetOutputSchema");
        CheckSchemas(schema, output.Schema, "the schema of Transform");
        List<object[]> rows = ReadRows(output);
        CheckRows(ReadRows(original.Transform(data)), rows, "values");
        CheckRows(rows, ReadRows(output), "values of a second cursor");
        if (output.CanShuffle)
        {
            CheckRows(ReadRows(output, new Random(7)), ReadRows(output, new Random(7)), "values in a shuffled order");
        }

        if (transformer.IsRowToRowMapper)
        {
            IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
            Assert.AreSame(data.Schema, mapper.InputSchema);
            CheckSchemas(schema, mapper.OutputSchema, "the schema of the row mapper");
            CheckRows(rows, ReadRowsOneByOne(mapper, data), "values row by row", tolerance: 1e-5);
        }
    }

    private static List<object[]> ReadRowsOneByOne(IRowToRowMapper mapper, IDataView data)
    {
        IEnumerable<DataViewSchema.Column> needed = mapper.GetDependencies(mapper.OutputSchema);
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema.Where(column => needed.Any(other => other.Index == column.Index)));
        using DataViewRow row = mapper.GetRow(cursor, mapper.OutputSchema);
        List<Func<object>> getters = [.. mapper.OutputSchema.Select(column => ValueOf(row, column))];
        List<object[]> rows = [];
        while (cursor.MoveNext())
        {
            rows.Add([.. getters.Select(getter => getter())]);
        }

        return rows;
    }

    private static void CheckShapes(SchemaShape promised, SchemaShape delivered)
    {
        string[] Lines(SchemaShape shape) => [.. shape.Select(DescribeShape).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(
            Lines(promised), Lines(delivered),
            $"promised:\n{string.Join('\n', Lines(promised))}\ndelivered:\n{string.Join('\n', Lines(delivered))}");
    }

    private static string DescribeShape(SchemaShape.Column column) =>
        $"{column.Name}: {column.Kind} of {(column.IsKey ? "key " : "")}{column.ItemType}"
        + $" {{{string.Join("; ", column.Annotations.Select(DescribeShape).Order(StringComparer.Ordinal))}}}";

    private static string Describe(DataViewSchema.Column column) =>
        $"{column.Name}: {column.Type}{(column.IsHidden ? " hidden" : "")} {{{string.Join("; ", column.Annotations.Schema.Select(Describe).Order(StringComparer.Ordinal))}}}";

    private static void CheckRows(List<object[]> expected, List<object[]> actual, string what, double tolerance = 0)
    {
        Assert.HasCount(expected.Count, actual, what);
        for (int row = 0; row < expected.Count; row++)
        {
            for (int column = 0; column < expected[row].Length; column++)
            {
                AssertSame(expected[row][column], actual[row][column], $"{what}: row {row}, column {column}", tolerance);
            }
        }
    }

    private static void AssertSame(object expected, object actual, string what, double tolerance = 0)
    {
        switch (expected)
        {
            case float number:
                // Equal to the bit (NaN too), or near.
                Assert.IsTrue(
                    number.Equals(actual) || Math.Abs(number - (float)actual) <= tolerance * Math.Max(1, Math.Abs(number)),
                    $"{what}: {number} became {actual}");
                break;
            case Array values:
                var others = (Array)actual;
                Assert.AreEqual(values.Length, others.Length, what);
                for (int i = 0; i < values.Length; i++)
                {
                    AssertSame(values.GetValue(i)!, others.GetValue(i)!, what, tolerance);
                }

                break;
            default:
                Assert.AreEqual(expected, actual, what);
                break;
        }
    }

    private static void MustRefuse(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            Assert.IsGreaterThan(30, exception.Message.Length, $"{what} does not say enough: {exception.Message}");
            return;
        }

        Assert.Fail($"{what} took invalid data.");
    }

    private static object AnnotationValue(DataViewSchema.Column column, string annotation) =>
        Invoke(nameof(ReadAnnotation), column.Annotations.Schema[annotation].Type, column.Annotations, annotation);

    private static Func<object> ValueOf(DataViewRow row, DataViewSchema.Column column) =>
        (Func<object>)Invoke(nameof(MakeReader), column.Type, row, column);

    private static object Invoke(string method, DataViewType type, params object[] arguments) => typeof(EstimatorConformance)
        .GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
        .MakeGenericMethod(type.RawType)
        .Invoke(null, arguments)!;

    private static object ReadAnnotation<T>(DataViewSchema.Annotations annotations, string name)
    {
        T value = default!;
        annotations.GetValue(name, ref value);
        return Comparable(value!);
    }

    private static Func<object> MakeReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return Comparable(value!);
        };
    }

    /// <summary>Texts and vectors in a form that compares by value.</summary>
    private static object Comparable(object value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VBuffer<>) =>
            ((Array)typeof(EstimatorConformance).GetMethod(nameof(ToArray), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [value])!)
            .Cast<object>().Select(Comparable).ToArray(),
        _ => value,
    };

    private static T[] ToArray<T>(VBuffer<T> buffer) => [.. buffer.DenseValues()];

    /// <summary>Passes data through and remembers the shape that it was asked about.</summary>
    private sealed class ShapeListener : IEstimator<ITransformer>
    {
        internal SchemaShape? Heard { get; private set; }

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Heard = inputSchema;
    }
}
