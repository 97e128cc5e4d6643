namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>Loads a model zip, and computes what it makes of the first rows: scores, pixels, heat maps.</summary>
internal sealed class ModelReader
{
    private const int Rows = 2;

    /// <summary>Tables, of which a model is given the first that has its columns.</summary>
    private readonly List<IDataView> tables;

    internal ModelReader()
    {
        var ml = new MLContext(seed: 1);
        tables = [ml.Data.LoadFromEnumerable(Row.Make(Rows))];
        string folder = Path.Combine(AppContext.BaseDirectory, "Corpus", "rows");
        foreach (string path in Directory.GetFiles(folder, "*.idv").Order(StringComparer.Ordinal))
        {
            IDataView rows = ml.Data.LoadFromBinary(path);
            tables.Add(rows.Schema.GetColumnOrNull(nameof(FileRow.Path)) is null
                ? rows
                : ml.Data.LoadFromEnumerable(Directory.GetFiles(folder, "*.png").Select(file => new FileRow { Path = file }).ToArray()));
        }
    }

    /// <summary>
    /// ML.NET wraps exceptions of the parts that it loads. What it throws itself, before anything of this library is called, is
    /// no promise of this library.
    /// </summary>
    internal static bool IsDocumented(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            // A model that says that it reads other columns is given rows without them, or with other values.
            if (inner is FormatException or ArgumentOutOfRangeException { ParamName: "input" or "inputSchema" }
                || (inner is InvalidOperationException && inner.Message.Contains("feeds an Embedding", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return !exception.ToString().Split('\n').Any(line => line.Contains("at Microsoft.ML.DeepLayers.", StringComparison.Ordinal)
            && !line.Contains("at Microsoft.ML.DeepLayers.Fuzz.", StringComparison.Ordinal));
    }

    internal void Score(string path)
    {
        ITransformer model = new MLContext(seed: 1).Model.Load(path, out DataViewSchema? schema);
        try
        {
            foreach (ITransformer part in model as IEnumerable<ITransformer> ?? [model])
            {
                if (part is NeuralNetworkTransformer network)
                {
                    _ = network.History.ToString();
                    _ = network.Model.GetWeights().Count;
                }
            }

            IDataView rows = tables.Find(table => schema is not null && schema.All(column => table.Schema.GetColumnOrNull(column.Name)?.Type.Equals(column.Type) == true)) ?? tables[0];
            _ = model.Transform(rows).Preview(Rows);
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }
}
