using Microsoft.ML.DeepLayers.Performance;

// dotnet run -c Release --project perf -- progress [rounds]
switch (args)
{
    case ["progress"]:
        ProgressCost.Measure(rounds: 5);
        return 0;
    case ["progress", string rounds] when int.TryParse(rounds, out int count) && count > 0:
        ProgressCost.Measure(count);
        return 0;
    case ["memory", .. string[] rest]:
        return rest is ["case", string name] ? MemoryUse.MeasureHere(name) : MemoryUse.Measure();
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project perf -- progress [rounds]");
        Console.Error.WriteLine("  progress   what the progress bar costs a training of 30 epochs");
        Console.Error.WriteLine("  memory     what trainings take above what they need");
        return 2;
}
