using System.Globalization;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The rows of a <see cref="TableView"/> in a file, deleted at the end.</summary>
internal sealed class DataFiles : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>Writes the rows as text, one a line, and opens them.</summary>
    internal IDataView Text(MLContext ml, int rows)
    {
        using (StreamWriter writer = File.CreateText(path))
        {
            foreach (Example example in ml.Data.CreateEnumerable<Example>(new TableView(rows), reuseRowObject: true))
            {
                writer.Write(example.Label.ToString(CultureInfo.InvariantCulture));
                foreach (float value in example.Features)
                {
                    writer.Write(',');
                    writer.Write(value.ToString(CultureInfo.InvariantCulture));
                }

                writer.WriteLine();
            }
        }

        return ml.Data.LoadFromTextFile(path, [new("Label", Microsoft.ML.Data.DataKind.Single, 0), new("Features", Microsoft.ML.Data.DataKind.Single, 1, TableView.Width)], separatorChar: ',');
    }

    /// <summary>The rows as objects in memory.</summary>
    internal static IDataView Objects(MLContext ml, int rows) =>
        ml.Data.LoadFromEnumerable(ml.Data.CreateEnumerable<Example>(new TableView(rows), reuseRowObject: false).ToList());

    /// <summary>Writes the rows in ML.NET's own format and opens them.</summary>
    internal IDataView Binary(MLContext ml, int rows)
    {
        using (FileStream stream = File.Create(path))
        {
            ml.Data.SaveAsBinary(new TableView(rows), stream);
        }

        return ml.Data.LoadFromBinary(path);
    }

    public void Dispose() => File.Delete(path);

    private sealed class Example
    {
        public float Label { get; set; }

        [Microsoft.ML.Data.VectorType(TableView.Width)]
        public float[] Features { get; set; } = [];
    }
}
