using System.Globalization;
using Microsoft.ML;

namespace ScriptedTraining;

/// <summary>What is to be predicted.</summary>
internal enum TabularTask
{
    /// <summary>One of two classes, with a probability.</summary>
    Binary,

    /// <summary>One of several classes.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>The values of the label's column, which decide the task. All rows count: a file may be sorted by its label.</summary>
internal sealed class LabelValues
{
    private const int MaxClasses = 1000;

    /// <summary>Whole numbers are classes where there are no more of them than this, and several rows of each.</summary>
    private const int FewNumbers = 20;
    private const int RowsOfEach = 5;

    private readonly string column;
    private readonly Dictionary<string, int> counts = [];

    private LabelValues(string column, IEnumerable<string> values)
    {
        this.column = column;
        foreach (string value in values)
        {
            Rows++;
            if (CsvSchema.IsMissing(value))
            {
                Missing++;
                continue;
            }

            if (AreNumbers && !CsvSchema.IsNumber(value))
            {
                AreNumbers = false;
                FirstText = value;
            }

            AreIntegers &= AreNumbers && float.IsInteger(float.Parse(value, CultureInfo.InvariantCulture));
            if (counts.Count <= MaxClasses || counts.ContainsKey(value))
            {
                counts[value] = counts.GetValueOrDefault(value) + 1;
            }
        }
    }

    public int Rows { get; }

    public int Missing { get; }

    public bool AreNumbers { get; } = true;

    public bool AreIntegers { get; } = true;

    /// <summary>The classes in order: as numbers where they are numbers. The last of two is the positive one.</summary>
    public IReadOnlyList<string> Classes => AreNumbers
        ? [.. counts.Keys.OrderBy(value => double.Parse(value, CultureInfo.InvariantCulture))]
        : [.. counts.Keys.Order(StringComparer.Ordinal)];

    private string? FirstText { get; }

    private bool AreTooMany => counts.Count > MaxClasses || (counts.Count > FewNumbers && counts.Count > (Rows - Missing) / 2);

    public static LabelValues Read(MLContext mlContext, CsvFile file, string column)
    {
        int index = CsvSchema.IndexOf(file.ReadColumnNames(mlContext), column, file, "label column");
        var values = new LabelValues(column, file.ReadRows(mlContext).Select(row => row[index]));
        return values.Rows == values.Missing
            ? throw new UserException(values.Rows == 0
                ? $"'{file.Path}' has no rows{(file.HasHeader ? " below its header" : "")}."
                : $"The label column '{column}' is empty in all {values.Rows} rows of '{file.Path}'.")
            : values;
    }

    /// <summary>Decides the task, or checks the one that was asked for.</summary>
    public TabularTask ChooseTask(TabularTask? requested)
    {
        if (counts.Count == 1)
        {
            throw new UserException($"The label column '{column}' has the same value in every row ('{counts.Keys.First()}'): there is nothing to learn.");
        }

        TabularTask task = requested ?? Guess();
        return task switch
        {
            TabularTask.Regression when !AreNumbers => throw new UserException(
                $"The label column '{column}' is not numeric, which regression needs: it has the value '{FirstText}'."),
            TabularTask.Binary when counts.Count != 2 => throw new UserException(
                $"The label column '{column}' has {Count} values, but binary classification needs two. Use --task multiclass."),
            TabularTask.Multiclass when counts.Count > MaxClasses || (requested is null && AreTooMany) => throw new UserException(
                $"The label column '{column}' is text with {Count} different values in {Rows} rows: these are no classes."),
            _ => task,
        };
    }

    /// <summary>What the label holds, in a few words.</summary>
    public string Describe(TabularTask task) => task switch
    {
        TabularTask.Regression => $"'{column}', a number",
        TabularTask.Binary => $"'{column}': {Classes[0]}, {Classes[1]} (the positive class)",
        _ when Classes.Count > 10 => $"'{column}', {Classes.Count} classes",
        _ => $"'{column}': {string.Join(", ", Classes)}",
    };

    private string Count => counts.Count > MaxClasses ? $"more than {MaxClasses}" : $"{counts.Count}";

    private TabularTask Guess()
    {
        bool areFewIntegers = AreIntegers && (counts.Count == 2 || (counts.Count <= FewNumbers && Rows - Missing >= RowsOfEach * counts.Count));
        bool areClasses = !AreNumbers || areFewIntegers;
        return !areClasses ? TabularTask.Regression
            : counts.Count == 2 ? TabularTask.Binary
            : TabularTask.Multiclass;
    }
}
