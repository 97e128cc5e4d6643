using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace QuickStart;

/// <summary>What the three samples print alike.</summary>
internal static class Show
{
    public static void Title(string title) => Console.WriteLine($"\n=== {title} ===\n");

    /// <summary>A context whose training messages go to the console.</summary>
    public static MLContext Context()
    {
        var ml = new MLContext(seed: 1);
        ml.Log += (_, message) =>
        {
            if (message.Kind >= ChannelMessageKind.Info && message.Source.Contains("NeuralNetwork", StringComparison.Ordinal))
            {
                Console.WriteLine($"  {message.RawMessage}");
            }
        };
        return ml;
    }

    /// <summary>Saves a model, and lets a second process predict with it.</summary>
    public static void SaveAndPredictElsewhere(MLContext ml, ITransformer model, DataViewSchema schema, string sample)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "models");
        Directory.CreateDirectory(folder);
        string zip = Path.Combine(folder, $"{sample}.zip");
        ml.Model.SaveAtomically(model, schema, zip);
        Console.WriteLine($"\nSaved {sample}.zip, {new FileInfo(zip).Length / 1024.0:0.0} KB. A second process loads it:");

        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. HostArguments(), "predict", sample, zip]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The second process ended with exit code {process.ExitCode}.");
        }
    }

    /// <summary>Under "dotnet QuickStart.dll" the process is dotnet, which wants the program named.</summary>
    private static string[] HostArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(Show).Assembly.Location] : [];
}
