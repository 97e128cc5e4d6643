using Microsoft.ML;
using Microsoft.ML.Data;

namespace ScriptedTraining;

/// <summary>A delimited text file. ML.NET's own loader does all the reading, so that everything is parsed in one way.</summary>
internal sealed record CsvFile(string Path, char Separator, bool HasHeader)
{
    private const string Fields = "Fields";

    /// <summary>The names of the columns: the header's, or col0, col1, ... as Model Builder names what has no header.</summary>
    public string[] ReadColumnNames(MLContext mlContext)
    {
        DataViewSchema.Column fields = LoadAsText(mlContext).Schema[Fields];
        VBuffer<ReadOnlyMemory<char>> header = default;
        if (HasHeader && fields.HasSlotNames())
        {
            fields.GetSlotNames(ref header);
        }

        int count = ((VectorDataViewType)fields.Type).Size;
        string[] names = [.. Enumerable.Range(0, count).Select(index =>
            header.Length == count && header.GetItemOrDefault(index) is { Length: > 0 } name ? name.ToString() : $"col{index}")];
        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? names : throw new UserException($"'{Path}' has two columns named '{twice}'.");
    }

    /// <summary>Every row as text, field by field. A field that a short row lacks is empty, as the loader takes it for missing.</summary>
    public IEnumerable<string[]> ReadRows(MLContext mlContext) =>
        LoadAsText(mlContext).GetColumn<string?[]>(Fields).Select(row => Array.ConvertAll(row, field => field ?? ""));

    /// <summary>The file with some of its columns, typed.</summary>
    public IDataView Load(MLContext mlContext, IEnumerable<CsvColumn> columns) => Load(
        mlContext, [.. columns.Select(column => new TextLoader.Column(column.Name, column.IsNumber ? DataKind.Single : DataKind.String, column.Index))]);

    private IDataView LoadAsText(MLContext mlContext) =>
        Load(mlContext, [new TextLoader.Column(Fields, DataKind.String, [new TextLoader.Range(0, null) { AutoEnd = true }])]);

    private IDataView Load(MLContext mlContext, TextLoader.Column[] columns)
    {
        if (!File.Exists(Path))
        {
            throw new UserException(Directory.Exists(Path) ? $"'{Path}' is a folder, not a file." : $"The file '{Path}' does not exist.");
        }

        if (new FileInfo(Path).Length == 0)
        {
            throw new UserException($"The file '{Path}' is empty.");
        }

        var options = new TextLoader.Options
        {
            Columns = columns,
            Separators = [Separator],
            HasHeader = HasHeader,
            AllowQuoting = true,
            ReadMultilines = true,
            TrimWhitespace = true,
            // Without this an empty field is 0, which nobody can tell from a real one.
            MissingRealsAsNaNs = true,
        };
        try
        {
            var source = new MultiFileSource(Path);
            return mlContext.Data.CreateTextLoader(options, source).Load(source);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // The loader looks at the first lines to count the columns.
            throw new UserException($"'{Path}' is no table: the number of fields differs from line to line. Is the separator really {Name(Separator)} (--separator)?", exception);
        }
    }

    private static string Name(char separator) => separator == '\t' ? "a tab" : $"'{separator}'";
}
