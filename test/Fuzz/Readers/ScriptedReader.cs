namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>The sample program, whose every error must be one line.</summary>
internal sealed class ScriptedReader
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Corpus");

    private readonly string output = Path.GetTempFileName();

    /// <summary>Trains on a table, and evaluates and predicts it with a model.</summary>
    internal void Table(string path)
    {
        Run("train", "--data", path, "--label", "Kind", "--network", Definition0, "--out", output, "--epochs", "1");
        Run("evaluate", "--data", path, "--model", Model0);
        Run("predict", "--data", path, "--model", Model0);
    }

    /// <summary>Trains a network that JSON defines.</summary>
    internal void Definition(string path) => Run("train", "--data", Table0, "--label", "Kind", "--network", path, "--out", output, "--epochs", "1");

    /// <summary>Evaluates a model.</summary>
    internal static void Model(string path)
    {
        Run("evaluate", "--data", Table0, "--model", path);
        Run("predict", "--data", Table0, "--model", path);
    }

    private static string Table0 => Path.Combine(Folder, "scripted-table", "table.csv");

    private static string Definition0 => Path.Combine(Folder, "scripted-network", "small.json");

    private static string Model0 => Path.Combine(Folder, "scripted-model", "model.zip");

    private static void Run(params string[] arguments)
    {
        using var written = new StringWriter();
        using var error = new StringWriter();
        int code = ScriptedTraining.CommandLine.RunAsync(arguments, written, error).GetAwaiter().GetResult();
        string[] lines = [.. error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("warning:", StringComparison.Ordinal))];
        if (code != 0 && (code != 1 || lines is not [var line] || !line.StartsWith("error: ", StringComparison.Ordinal)))
        {
            throw new NotSupportedException($"exit code {code} with {lines.Length} lines of errors: {error}");
        }
    }
}
