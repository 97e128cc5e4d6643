namespace Microsoft.ML.DeepLayers;

/// <summary>Where and when a network was trained.</summary>
public sealed record TrainingEnvironment
{
    /// <summary>When training began, in universal time.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took in all, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The version of Microsoft.ML.DeepLayers.</summary>
    public string LibraryVersion { get; init; } = "";

    /// <summary>The version of TorchSharp, which decides that of libtorch.</summary>
    public string TorchSharpVersion { get; init; } = "";

    /// <summary>The version of .NET, e.g. <c>.NET 8.0.11</c>.</summary>
    public string Framework { get; init; } = "";

    /// <summary>What was trained on, e.g. <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "";

    /// <summary>The operating system and its architecture.</summary>
    public string OperatingSystem { get; init; } = "";

    /// <summary>The number of logical processors that the process could use.</summary>
    public int Processors { get; init; }

    /// <summary>The seed from which all random numbers followed.</summary>
    public int Seed { get; init; }
}
