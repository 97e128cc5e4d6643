using Microsoft.ML.DeepLayers.Tests.RealData;

namespace RealData;

/// <summary>A data set and the program that trains on it.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Folder">The folder of its files in the shared data.</param>
/// <param name="Run">Trains and measures, given the folder's path.</param>
internal sealed record Experiment(string Name, string Folder, Func<string, IEnumerable<Result>> Run)
{
    /// <summary>Runs where the data is there. One failure does not keep the other sets from running.</summary>
    internal bool TryRun(List<Result> results)
    {
        if (SharedData.Find(Folder) is not { } folder)
        {
            Console.WriteLine($"\n{Name}: skipped, the data folder {Folder} was not found");
            return true;
        }

        try
        {
            results.AddRange(Run(folder));
            return true;
        }
#pragma warning disable CA1031 // Whatever it is, it is shown, and the exit code tells of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Console.WriteLine($"\n{Name}: FAILED\n{exception}");
            return false;
        }
    }
}
