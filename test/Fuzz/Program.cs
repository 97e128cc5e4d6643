using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.DeepLayers.Fuzz.Readers;
using Microsoft.ML.DeepLayers.Fuzz.Running;

// The process of one reader, started by the other one.
if (args is ["child", string name, string scratch, string folder, string fixedSeed, string first, string number])
{
    var watch = Stopwatch.StartNew();
    Reader child = ReaderTable.All.Single(candidate => candidate.Name == name);
    var loop = new FuzzLoop(child, int.Parse(fixedSeed, CultureInfo.InvariantCulture), scratch, folder);
    long inputs = long.Parse(number, CultureInfo.InvariantCulture);
    loop.Run(long.Parse(first, CultureInfo.InvariantCulture), inputs);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{Campaign.ResultPrefix}{loop.Found}|{name}: {inputs} inputs in {watch.Elapsed.TotalSeconds:0.0} s, {loop.Accepted} read, {loop.Found} findings, at most {loop.Longest:0.000} s and {loop.Largest / 1048576.0:0.0} MB"));
    Console.Out.Flush();
    // A thread of a native library must not keep the result waiting.
    Environment.Exit(0);
}

var reader = new Option<string>("--reader") { Description = $"The reader, or all: {string.Join(", ", ReaderTable.All.Select(reader => reader.Name))}.", DefaultValueFactory = _ => "all" };
var count = new Option<long>("--inputs") { Description = "The number of inputs, of all readers together.", DefaultValueFactory = _ => 20_000 };
var seed = new Option<int>("--seed") { Description = "The seed. The same seed gives the same inputs.", DefaultValueFactory = _ => 1 };
var findings = new Option<string>("--findings") { Description = "The folder for inputs that are found.", DefaultValueFactory = _ => "fuzz-findings" };
var file = new Option<string?>("--file") { Description = "Reads this file once with the reader, and shows what happens." };
var corpus = new Option<string?>("--write-corpus") { Description = "Writes the files of the corpus that the library itself makes into this folder." };
var root = new RootCommand("Feeds readers of files with damaged files. Exit code 1: an undocumented exception, or above the bounds of time or memory.") { reader, count, seed, findings, file, corpus };
root.SetAction(result =>
{
    if (result.GetValue(corpus) is { } target)
    {
        CorpusWriter.Write(target);
        return 0;
    }

    string wanted = result.GetValue(reader)!;
    Reader[] readers = [.. ReaderTable.All.Where(candidate => wanted == "all" || candidate.Name == wanted)];
    if (readers.Length == 0)
    {
        Console.Error.WriteLine($"error: there is no reader '{wanted}'. See --help.");
        return ExitCodes.WrongUsage;
    }

    if (result.GetValue(file) is { } path)
    {
        readers[0].Read()(path);
        Console.WriteLine("read");
        return 0;
    }

    return new Campaign(result.GetValue(seed), result.GetValue(findings)!).Run(readers, result.GetValue(count));
});
return root.Parse(args).Invoke();
