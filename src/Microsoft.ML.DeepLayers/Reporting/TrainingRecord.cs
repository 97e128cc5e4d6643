using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>What a report says of a training beyond its epochs: the network, the settings and the circumstances.</summary>
internal static class TrainingRecord
{
    /// <summary>The history with all that is known at the end of a training.</summary>
    internal static History Complete(History history, TrainingPlan plan, string optionsJson, DateTimeOffset started, TimeSpan duration) => new(history.Epochs, history.BestEpoch)
    {
        WasCancelled = history.WasCancelled,
        Evaluation = history.Evaluation,
        Environment = Describe(plan, started, duration),
        Outline = NetworkOutline.Of(plan.Graph, plan.Shapes),
        OptionsJson = optionsJson,
    };

    private static TrainingEnvironment Describe(TrainingPlan plan, DateTimeOffset started, TimeSpan duration) => new()
    {
        Started = started,
        Seconds = duration.TotalSeconds,
        LibraryVersion = VersionOf(typeof(TrainingRecord)),
        TorchSharpVersion = VersionOf(typeof(torch)),
        Framework = RuntimeInformation.FrameworkDescription,
        Device = plan.Device.ToString(),
        OperatingSystem = $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()})",
        Processors = Environment.ProcessorCount,
        Seed = plan.Seed,
    };

    /// <summary>The version as its package bears it; behind a plus sign there would be a commit.</summary>
    private static string VersionOf(Type type)
    {
        Assembly assembly = type.Assembly;
        return assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? assembly.GetName().Version?.ToString() ?? "";
    }
}
