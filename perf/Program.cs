using System.CommandLine;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Performance;
using Microsoft.ML.DeepLayers.Runtime;

// Before anything else has begun, because the time from here is what this measures.
if (FreshProcess.IsChild(args))
{
    return FreshProcess.Predict(args);
}

OnnxRuntimeLibrary.Prepare();
var rounds = new Option<int>("--rounds") { Description = "How often both ways take turns.", DefaultValueFactory = _ => 15 };
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 1)
    {
        result.AddError("--rounds must be at least 1.");
    }
});
var filter = new Option<string>("--filter") { Description = "Only comparisons whose name contains this.", DefaultValueFactory = _ => "" };
var json = new Option<FileInfo?>("--json") { Description = "A file for the results as JSON." };

var device = new Option<Device>("--device") { Description = "Where trainings run, ours and the peers': cpu, cuda, cuda:1, mps.", DefaultValueFactory = _ => Device.Cpu, CustomParser = result => Device.Parse(result.Tokens[0].Value) };

var ratios = new Command("ratios", "Ours beside its peers, by turns in one process, as ratios.") { filter, rounds, json, device };
ratios.SetAction(result => RatioCommand.Run(result.GetValue(filter)!, result.GetValue(rounds), result.GetValue(json), result.GetValue(device)));

var utilization = new Command("utilization", "Steps of training beside the most products that the device computes in the same time.") { rounds, device };
utilization.SetAction(result => UtilizationCommand.Run(result.GetValue(rounds), result.GetValue(device)));

var progress = new Command("progress", "What the progress bar costs a training of 30 epochs.") { rounds };
progress.SetAction(result => ProgressCost.Measure(result.GetValue(rounds)));

var page = new Option<FileInfo?>("--write") { Description = "A Markdown file whose part between the marks of this command is replaced by what is measured." };
var scale = new Command("scale", "How time grows with rows, features, parameters, length of sequences and size of batches.") { filter, page };
scale.SetAction(result => ScaleCommand.Run(result.GetValue(filter)!, result.GetValue(page)));

var folder = new Argument<DirectoryInfo>("folder") { Description = "A folder with a folder of images for each class." };
folder.AcceptExistingOnly();
var size = new Option<int>("--size") { Description = "The height and width that images are brought to.", DefaultValueFactory = _ => 224 };
var images = new Command("images", "How many images of a folder become pixels in a second, on one thread and on all.") { folder, size, rounds };
images.SetAction(result => DecodingSpeed.Measure(result.GetValue(folder)!, result.GetValue(size), result.GetValue(rounds)));

var memoryCase = new Argument<string?>("case") { Description = "One case alone, in this process.", DefaultValueFactory = _ => null };
var memory = new Command("memory", "What trainings take above what they need; each in a process of its own.") { memoryCase };
memory.SetAction(result => result.GetValue(memoryCase) is { } name ? MemoryUse.MeasureHere(name) : MemoryUse.Measure());

var arguments = new Argument<string[]>("arguments") { Description = "BenchmarkDotNet's arguments, e.g. --filter *Scoring*." };
var benchmark = new Command("benchmark", "Benchmarks by BenchmarkDotNet.") { arguments };
benchmark.TreatUnmatchedTokensAsErrors = false;
benchmark.SetAction(result => BenchmarkCommand.Run([.. result.GetValue(arguments) ?? [], .. result.UnmatchedTokens]));

return new RootCommand("Measurements of Microsoft.ML.DeepLayers.") { ratios, utilization, scale, memory, progress, images, benchmark }.Parse(args).Invoke();
