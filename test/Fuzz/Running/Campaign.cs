using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.DeepLayers.Fuzz.Running;

/// <summary>Runs readers one after another, each in a process of its own, which may die.</summary>
/// <param name="seed">The seed of all changes.</param>
/// <param name="findings">A folder for inputs that are found.</param>
internal sealed class Campaign(int seed, string findings)
{
    /// <summary>What a process says at its end, for the one that started it.</summary>
    internal const string ResultPrefix = "RESULT ";

    /// <summary>A reader that dies of every input is not started for ever.</summary>
    private const int MostDeaths = 20;

    private long inputs;
    private long found;

    /// <summary>Runs readers, and ends with a line of figures.</summary>
    /// <returns>The exit code.</returns>
    internal int Run(IReadOnlyList<Reader> readers, long count)
    {
        var watch = Stopwatch.StartNew();
        double shares = readers.Sum(reader => reader.Share);
        foreach (Reader reader in readers)
        {
            Run(reader, Math.Max(FuzzLoop.Corpus(reader).Length, (long)Math.Ceiling(count * reader.Share / shares)));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{inputs} inputs to {readers.Count} readers with seed {seed} in {watch.Elapsed.TotalSeconds:0.0} s: {found} findings"));
        return found == 0 ? 0 : ExitCodes.Found;
    }

    private void Run(Reader reader, long count)
    {
        string scratch = Directory.CreateTempSubdirectory("deeplayers-fuzz-").FullName;
        try
        {
            long next = 0;
            for (int deaths = 0; next < count && deaths < MostDeaths; deaths++)
            {
                File.Delete(Path.Combine(scratch, "current"));
                (int code, bool hasResult) = RunProcess(reader, scratch, next, count - next);
                if (hasResult)
                {
                    inputs += count - next;
                    return;
                }

                (long number, byte[] input) = CurrentInput.Read(Path.Combine(scratch, "current")) ?? (next, []);
                if (code != ExitCodes.Hang)
                {
                    found++;
                    new Finding("exit", string.Create(CultureInfo.InvariantCulture, $"the process died with code {code}")).Report(findings, reader, number, input);
                }

                inputs += number + 1 - next;
                next = number + 1;
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private (int Code, bool HasResult) RunProcess(Reader reader, string scratch, long first, long count)
    {
        string[] arguments =
        [
            .. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Campaign).Assembly.Location] : Array.Empty<string>(),
            "child", reader.Name, scratch, findings, .. new[] { seed, first, count }.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        ];
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        bool hasResult = false;
        long reported = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(ResultPrefix, StringComparison.Ordinal))
            {
                hasResult = true;
                string[] parts = line[ResultPrefix.Length..].Split('|');
                // Those of a kind that were not reported, too.
                found += long.Parse(parts[0], CultureInfo.InvariantCulture) - reported;
                line = parts[1];
            }
            else if (line.StartsWith(Finding.Prefix, StringComparison.Ordinal))
            {
                reported++;
                found++;
            }

            Console.WriteLine(line);
        }

        process.WaitForExit();
        return (process.ExitCode, hasResult);
    }
}
