using System.Globalization;
using Microsoft.ML;

namespace ScriptedTraining;

/// <summary>A column of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Index">Its position in the file, from 0.</param>
/// <param name="IsNumber">Whether it is read as a number (Single) or as text.</param>
internal sealed record CsvColumn(string Name, int Index, bool IsNumber);

/// <summary>
/// Which columns of a file are numbers, which are text, which is the label. (ML.NET's InferColumns would need the package
/// Microsoft.ML.AutoML with all its trainers.)
/// </summary>
/// <param name="Features">The columns to learn from.</param>
/// <param name="Label">The column to learn.</param>
/// <param name="LeftOut">Columns that nothing can be learned from, with the reason.</param>
internal sealed record CsvSchema(IReadOnlyList<CsvColumn> Features, CsvColumn Label, IReadOnlyList<string> LeftOut)
{
    private const int SampledRows = 1000;

    /// <summary>A text column with more values than this is taken for free text or an identifier if most of them differ.</summary>
    private const int FewTexts = 20;

    private static readonly string[] MissingTexts = ["", "?", "NA", "N/A", "NaN", "null"];

    public IEnumerable<CsvColumn> Numbers => Features.Where(column => column.IsNumber);

    public IEnumerable<CsvColumn> Texts => Features.Where(column => !column.IsNumber);

    /// <summary>Features and label in the file's order.</summary>
    public IEnumerable<CsvColumn> All => Features.Append(Label).OrderBy(column => column.Index);

    /// <summary>Infers the columns from the header and the first rows.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="file">The file.</param>
    /// <param name="label">The label's column.</param>
    /// <param name="labelIsNumber">Whether the label is a number to be predicted (regression) rather than a class.</param>
    /// <param name="ignored">Columns to leave out.</param>
    public static CsvSchema Infer(MLContext mlContext, CsvFile file, string label, bool labelIsNumber, IReadOnlyCollection<string> ignored)
    {
        string[] names = file.ReadColumnNames(mlContext);
        int labelIndex = IndexOf(names, label, file, "label column");
        HashSet<int> skipped = [labelIndex, .. ignored.Select(name => IndexOf(names, name, file, "ignored column"))];
        string[][] sample = [.. file.ReadRows(mlContext).Take(SampledRows)];
        var features = new List<CsvColumn>();
        var leftOut = new List<string>();
        for (int index = 0; index < names.Length; index++)
        {
            if (skipped.Contains(index))
            {
                continue;
            }

            string[] values = [.. sample.Select(row => row[index]).Where(value => !IsMissing(value))];
            bool isNumber = values.All(IsNumber);
            int distinct = values.Distinct().Count();
            if (values.Length == 0)
            {
                leftOut.Add($"'{names[index]}' (empty)");
            }
            else if (!isNumber && distinct > FewTexts && distinct > values.Length / 2)
            {
                leftOut.Add($"'{names[index]}' (text that nearly always differs)");
            }
            else
            {
                features.Add(new CsvColumn(names[index], index, isNumber));
            }
        }

        return features.Count > 0
            ? new CsvSchema(features, new CsvColumn(names[labelIndex], labelIndex, labelIsNumber), leftOut)
            : throw new UserException($"'{file.Path}' has no column to learn from besides the label '{label}'.{HintAtSeparator(names)}");
    }

    /// <summary>Finds the columns of a model in a file.</summary>
    /// <param name="mlContext">The context.</param>
    /// <param name="file">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="needsLabel">Whether the file must have the label, too.</param>
    public static CsvSchema Bind(MLContext mlContext, CsvFile file, TabularModel model, bool needsLabel)
    {
        string[] names = file.ReadColumnNames(mlContext);
        string[] wanted = [.. model.NumberColumns, .. model.TextColumns, .. needsLabel ? [model.LabelColumn] : Array.Empty<string>()];
        string[] missing = [.. wanted.Except(names)];
        if (missing.Length > 0)
        {
            throw new UserException(
                $"'{file.Path}' lacks {(missing.Length == 1 ? "a column" : "columns")} that the model reads: {Quote(missing)}. It has: {Quote(names)}.{HintAtSeparator(names)}");
        }

        int IndexIn(string name) => Array.IndexOf(names, name);
        // Beyond the end of a row the loader reads missing values, which stand in for a label that is not there.
        int label = IndexIn(model.LabelColumn) is >= 0 and int index ? index : names.Length;
        return new CsvSchema(
            [
                .. model.NumberColumns.Select(name => new CsvColumn(name, IndexIn(name), IsNumber: true)),
                .. model.TextColumns.Select(name => new CsvColumn(name, IndexIn(name), IsNumber: false)),
            ],
            new CsvColumn(model.LabelColumn, label, IsNumber: model.Task == TabularTask.Regression),
            []);
    }

    /// <summary>Finds a column by its name.</summary>
    public static int IndexOf(string[] names, string name, CsvFile file, string role)
    {
        int index = Array.IndexOf(names, name);
        return index >= 0
            ? index
            : throw new UserException($"The {role} '{name}' is not in '{file.Path}', which has: {Quote(names)}.{HintAtSeparator(names)}");
    }

    public static bool IsMissing(string text) => MissingTexts.Contains(text, StringComparer.OrdinalIgnoreCase);

    public static bool IsNumber(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number);

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static string HintAtSeparator(string[] names) =>
        names.Length == 1 ? " It is a single column: is the separator right (--separator)?" : "";
}
