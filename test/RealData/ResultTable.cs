namespace RealData;

/// <summary>Prints all results as a Markdown table.</summary>
internal static class ResultTable
{
    internal static void Print(IReadOnlyCollection<Result> results)
    {
        Console.WriteLine("\n| set | network | ours | published | split, options (seed 1) | training |\n|---|---|---|---|---|---|");
        // [M] in the column of published figures: from memory of the source, see CATALOG.md beside the data.
        foreach (Result result in results)
        {
            Console.WriteLine($"| {result.Set} | {result.Network} | {result.Ours} | {result.Published} | {result.Protocol} | {result.Training} |");
        }
    }
}
