using Microsoft.ML;
using Microsoft.ML.Data;

namespace KeptFiles;

/// <summary>The kept rows that a kept model scores.</summary>
internal static class KeptInput
{
    /// <summary>The column of files' names: they lie beside the rows, in a folder that is another one on each machine.</summary>
    private const string PathColumn = nameof(ImagePath.Path);

    internal static IDataView Load(string folder, string name)
    {
        var ml = new MLContext();
        IDataView rows = ml.Data.LoadFromBinary(Path.Combine(folder, $"{name}.idv"));
        return rows.Schema.GetColumnOrNull(PathColumn) is null
            ? rows
            : ml.Data.LoadFromEnumerable(rows.GetColumn<string>(PathColumn).Select(file => new ImagePath { Path = Path.Combine(folder, file) }).ToArray());
    }
}

internal sealed class ImagePath
{
    public string Path { get; set; } = "";
}
