using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Says how ML.NET's text loader is to read a CSV file of paths and labels.</summary>
internal static class ImageCsv
{
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">It has no such columns.</exception>
    internal static TextLoader.Options Plan(string path, ImageCsvOptions options)
    {
        string[] names = ColumnNames(path, options);
        int paths = options.PathColumn is { } column ? IndexOf(names, column, path) : 0;
        int[] others = [.. options.OtherColumns.Select(name => IndexOf(names, name, path))];
        int[] labels = options.LabelColumns is { } named
            ? [.. named.Select(name => IndexOf(names, name, path))]
            : [.. Enumerable.Range(0, names.Length).Where(index => index != paths && !others.Contains(index))];
        TextLoader.Column[] columns =
        [
            new(options.ImagePathColumnName, DataKind.String, paths),
            .. Labels(names, labels, options),
            .. others.Select(index => new TextLoader.Column(names[index], DataKind.String, index)),
        ];
        string? twice = columns.GroupBy(made => made.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null
            ? new TextLoader.Options
            {
                Columns = columns,
                HasHeader = options.HasHeader,
                Separators = [options.Separator],
                AllowQuoting = true,
                TrimWhitespace = true,
            }
            : throw new ArgumentException(
                $"'{path}' would be loaded with two columns named '{twice}'. Choose other names: {nameof(ImageCsvOptions)}.{nameof(ImageCsvOptions.ImagePathColumnName)}, {nameof(ImageCsvOptions.LabelColumnName)}.");
    }

    private static IEnumerable<TextLoader.Column> Labels(string[] names, int[] labels, ImageCsvOptions options) => (options.LabelType, labels) switch
    {
        (_, []) => [],
        (ImageLabelType.Text, [int only]) => [new(options.LabelColumnName, DataKind.String, only)],
        (ImageLabelType.Text, _) => labels.Select(index => new TextLoader.Column(names[index], DataKind.String, index)),
        (_, [int only]) => [new(options.LabelColumnName, DataKind.Single, only)],
        _ => [new(options.LabelColumnName, DataKind.Single, [.. labels.Select(index => new TextLoader.Range(index))])],
    };

    private static string[] ColumnNames(string path, ImageCsvOptions options)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{Path.GetFullPath(path)}'. It should have a path of an image and its labels in each line.", path);
        }

        string first = File.ReadLines(path).FirstOrDefault(line => line.Length > 0)
            ?? throw new ArgumentException($"'{path}' is empty. It should have a path of an image and its labels in each line.");
        List<string> fields = Split(first.TrimStart('\uFEFF'), options.Separator);
        return options.HasHeader ? [.. fields] : [.. Enumerable.Range(0, fields.Count).Select(index => index.ToString(CultureInfo.InvariantCulture))];
    }

    private static List<string> Split(string line, char separator)
    {
        var fields = new List<string>();
        var field = new System.Text.StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                // Two of them inside quotes are one.
                if (isQuoted && i + 1 < line.Length && line[i + 1] == '"')
                {
                    field.Append(line[i++]);
                }
                else
                {
                    isQuoted = !isQuoted;
                }
            }
            else if (line[i] == separator && !isQuoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString().Trim());
        return fields;
    }

    private static int IndexOf(string[] names, string name, string path)
    {
        int index = Array.IndexOf(names, name);
        return index >= 0 ? index : throw new ArgumentException($"'{path}' has no column '{name}'; its first line has: {string.Join(", ", names)}.");
    }
}
