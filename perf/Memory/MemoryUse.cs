using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// The memory that trainings take, each in a process of its own: the most that was resident above that of a process that
/// has loaded the same libraries and trained next to nothing, beside what the definition says is needed at least; and how
/// much it grows over 10,000 steps.
/// </summary>
internal static class MemoryUse
{
    private const double Mebi = 1024 * 1024;

    /// <summary>Measures all cases, as text and as JSON.</summary>
    internal static int Measure()
    {
        MemoryReading trivial = Child(MemoryCase.Trivial);
        Print($"libraries and a trivial training: {trivial.Peak / Mebi:0.0} MiB");
        Print($"{"",-34} {"peak above",10} {"minimum",10} {"ratio",6}   parameters, gradients, slots; activations; batches, examples; with the model written; steps/s");
        var readings = new List<MemoryReading>();
        foreach (MemoryCase each in MemoryCase.Peaks)
        {
            MemoryReading reading = Child(each);
            readings.Add(reading with { Baseline = trivial.TrainingPeak });
            double above = reading.TrainingPeak - trivial.TrainingPeak;
            TrainingMemory need = reading.Minimum;
            Print(
                $"{each.Name,-34} {above / Mebi,10:0.0} {need.Total / Mebi,10:0.0} {above / need.Total,6:0.00}   {(need.Parameters + need.Gradients + need.Slots) / Mebi:0.0}; {need.Activations / Mebi:0.0}; {(need.Batches + need.Examples) / Mebi:0.0}; {(reading.Peak - trivial.Peak) / Mebi:0.0}; {(reading.Steps - 1) / Math.Max(reading.Seconds, 1e-3):0.00}");
        }

        foreach (MemoryCase each in MemoryCase.Long)
        {
            MemoryReading reading = Child(each);
            readings.Add(reading with { Baseline = trivial.TrainingPeak });
            Print($"{each.Name,-34} grows by {(reading.End - reading.Warm) / Mebi:0.00} MiB from step 3,000 to {reading.Steps}");
        }

        Console.WriteLine(JsonSerializer.Serialize(readings));
        return 0;
    }

    /// <summary>Trains one case in this process, and writes what it took as a line of JSON.</summary>
    internal static int MeasureHere(string name)
    {
        MemoryCase what = MemoryCase.Find(name);
        var ml = new MLContext(seed: 1);
        var callback = new MemoryCallback();
        NeuralNetworkTrainer trainer = what.Trainer(ml, callback);
        IDataView data = what.Data(ml);
        trainer.Fit(data).Dispose();
        long peak = ResidentMemory.Peak;
        // Adam remembers two numbers a weight.
        TrainingMemory minimum = trainer.Try(data, null, (plan, _, _) => TrainingMemory.Of(plan, slots: 2));
        Console.WriteLine(JsonSerializer.Serialize(new MemoryReading(name, callback.Steps, callback.Seconds, callback.Warm, callback.End, callback.Peak, peak, minimum)));
        return 0;
    }

    private static MemoryReading Child(MemoryCase what)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["memory", what.Name]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<MemoryReading>(output.Trim().Split('\n')[^1])!
            : throw new InvalidOperationException($"The case '{what.Name}' ended with {process.ExitCode}: {output}");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>What a training took, in bytes.</summary>
    internal sealed record MemoryReading(
        string Name, long Steps, double Seconds, long Warm, long End, long TrainingPeak, long Peak, TrainingMemory Minimum)
    {
        /// <summary>The peak of a trivial training.</summary>
        public long Baseline { get; init; }
    }
}
