using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>Loads a model zip and computes the first score.</summary>
internal sealed class ModelReader
{
    private readonly IDataView rows;

    internal ModelReader() => rows = new MLContext(seed: 1).Data.LoadFromEnumerable(Row.Make(2));

    /// <summary>
    /// ML.NET wraps exceptions of the parts that it loads. What it throws itself, before anything of this library is called, is
    /// no promise of this library.
    /// </summary>
    internal static bool IsDocumented(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is FormatException)
            {
                return true;
            }
        }

        return !exception.ToString().Split('\n').Any(line => line.Contains("at Microsoft.ML.DeepLayers.", StringComparison.Ordinal)
            && !line.Contains("at Microsoft.ML.DeepLayers.Fuzz.", StringComparison.Ordinal));
    }

    internal void Score(string path)
    {
        ITransformer model = new MLContext(seed: 1).Model.Load(path, out _);
        try
        {
            foreach (ITransformer part in model as IEnumerable<ITransformer> ?? [model])
            {
                if (part is NeuralNetworkTransformer network)
                {
                    _ = network.History.ToString();
                }
            }

            IDataView scored = model.Transform(rows);
            foreach (DataViewSchema.Column column in scored.Schema.Where(column => column.Name is "Score"))
            {
                using DataViewRowCursor cursor = scored.GetRowCursor([column]);
                while (cursor.MoveNext())
                {
                    VBuffer<float> vector = default;
                    float number = 0;
                    if (column.Type is VectorDataViewType)
                    {
                        cursor.GetGetter<VBuffer<float>>(column)(ref vector);
                    }
                    else
                    {
                        cursor.GetGetter<float>(column)(ref number);
                    }
                }
            }
        }
        finally
        {
            (model as IDisposable)?.Dispose();
        }
    }
}
