using System.Globalization;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>The settings that must be the same for a training to go on.</summary>
internal sealed record CheckpointSettings
{
    public required string Network { get; init; }

    public required string Optimizer { get; init; }

    public required int BatchSize { get; init; }

    public required bool Shuffle { get; init; }

    /// <summary>A name, for checkpoints outlive the numbers behind it.</summary>
    public string Precision { get; init; } = nameof(TrainingPrecision.Float32);

    public required long? TrainingExamples { get; init; }

    /// <summary>Tells other data from these, as far as a sample of it does.</summary>
    public required string Data { get; init; }

    /// <summary>Not in files of versions that had no such setting; so with those that follow.</summary>
    public string Sampling { get; init; } = nameof(ExampleSampling.Uniform);

    public string? ClassWeights { get; init; }

    public bool StratifiedValidation { get; init; }

    public string? SamplingKeyColumnName { get; init; }

    internal static CheckpointSettings Of(TrainingPlan plan) => new()
    {
        // The weights' names and shapes are the network as far as a checkpoint can tell; layers without weights may differ.
        Network = string.Join(", ", plan.Graph.Weights(plan.Shapes).Select(weight => $"{weight.FullName} {weight.Spec.Shape}")),
        Optimizer = plan.Options.Optimizer.ToString(),
        BatchSize = plan.Options.BatchSize,
        Shuffle = plan.Options.Shuffle,
        Precision = plan.Options.Precision.ToString(),
        TrainingExamples = plan.Examples.Training.Count,
        Data = plan.Examples.Training.Fingerprint,
        Sampling = plan.Options.Sampling.ToString(),
        ClassWeights = plan.Options.Outputs.Any(output => output.ClassWeights is not null)
            ? string.Join("; ", plan.Options.Outputs.Select(output => $"{output.Name}: {output.ClassWeights}"))
            : plan.Options.ClassWeights?.ToString(),
        StratifiedValidation = plan.Options.StratifiedValidation,
        SamplingKeyColumnName = plan.Options.SamplingKeyColumnName,
    };

    /// <summary>What differs first, in words.</summary>
    internal string? Difference(CheckpointSettings now)
    {
        string? Differs(string what, object? then, object? today) => Equals(then, today)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{what} was {then ?? "streamed"} and is {today ?? "streamed"}.");
        string? Changes(string setting, string? then, string? today) => Differs(setting, then ?? "not set", today ?? "not set");
        return Differs("the network", Network, now.Network)
            ?? Differs(nameof(NeuralNetworkOptions.Optimizer), Optimizer, now.Optimizer)
            ?? Differs(nameof(NeuralNetworkOptions.BatchSize), BatchSize, now.BatchSize)
            ?? Differs(nameof(NeuralNetworkOptions.Shuffle), Shuffle, now.Shuffle)
            ?? Differs(nameof(NeuralNetworkOptions.Precision), Precision, now.Precision)
            ?? Differs("the number of training examples", TrainingExamples, now.TrainingExamples)
            ?? Differs(nameof(NeuralNetworkOptions.Sampling), Sampling, now.Sampling)
            ?? Changes(nameof(NeuralNetworkOptions.ClassWeights), ClassWeights, now.ClassWeights)
            ?? Differs(nameof(NeuralNetworkOptions.StratifiedValidation), StratifiedValidation, now.StratifiedValidation)
            ?? Changes(nameof(NeuralNetworkOptions.SamplingKeyColumnName), SamplingKeyColumnName, now.SamplingKeyColumnName)
            ?? (Data == now.Data ? null : "the training data has other values.");
    }
}
