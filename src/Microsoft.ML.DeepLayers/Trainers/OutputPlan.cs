using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Trainers;

/// <summary>What an output of a network is trained for.</summary>
/// <param name="Name">The output's name, which its columns bear; <see langword="null"/> for ML.NET's usual columns.</param>
/// <param name="Head">The task.</param>
/// <param name="LabelColumnName">The column that it is compared with.</param>
/// <param name="LossWeight">How much its loss counts.</param>
/// <param name="Loss">What is made small; <see langword="null"/> for the task's own loss.</param>
/// <param name="Metrics">What is measured; empty for the task's own metrics.</param>
internal sealed record OutputPlan(
    string? Name, TaskHead Head, string LabelColumnName, float LossWeight, Loss? Loss = null, IReadOnlyList<Metric>? Metrics = null)
{
    /// <summary>How much the examples of each class count; <see langword="null"/> where all count alike.</summary>
    internal ClassWeights? ClassWeights { get; init; }

    /// <summary>What training compares the output with, and how.</summary>
    internal Objective Objective => Head.Objective with
    {
        OutputName = Name,
        Weight = LossWeight,
        Loss = Loss ?? Head.Objective.Loss,
        // A task's own metrics compare value by value.
        Metrics = Metrics is { Count: > 0 } ? Metrics : Loss is { OutputForm: OutputForm.Free } ? [] : Head.Objective.Metrics,
    };

    /// <summary>Whether the score is a vector even where the label is a number.</summary>
    internal bool ScoresVector => Head.Task == PredictionTask.Regression && Objective.Loss.OutputForm == OutputForm.Free;

    /// <summary>The plans of all outputs of a network, in its order.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">The settings.</param>
    /// <param name="head">The trainer's task, for outputs that name none.</param>
    /// <exception cref="ArgumentException">The settings do not name the network's outputs, each once.</exception>
    internal static IReadOnlyList<OutputPlan> Create(NetworkGraph network, NeuralNetworkOptions options, TaskHead head)
    {
        string present = string.Join(", ", network.OutputNames.Select(name => $"'{name}'"));
        if (options.Outputs.Count == 0)
        {
            return network.Outputs.Count == 1
                ? [new OutputPlan(null, head, options.LabelColumnName, 1, options.Loss, Distinct([.. options.Metrics])) { ClassWeights = options.ClassWeights }]
                : throw new ArgumentException(
                    $"The network has {network.Outputs.Count} outputs: {present}. Say in {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.Outputs)} which label each is compared with, e.g. Outputs = {{ new OutputOptions(\"{network.OutputNames[0]}\", \"Label\"), ... }}.");
        }

        if (options.Outputs.FirstOrDefault(output => !network.OutputNames.Contains(output.Name)) is { } unknown)
        {
            throw new ArgumentException($"{nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.Outputs)} names '{unknown.Name}', but the network's outputs are {present}.");
        }

        return [.. network.OutputNames.Select(name => Create(options.Outputs.Where(output => output.Name == name).ToArray(), name, head))];
    }

    private static OutputPlan Create(OutputOptions[] named, string name, TaskHead head) => named.Length == 1
        ? new OutputPlan(name, named[0].Task is { } task ? TaskHead.Of(task) : head, named[0].LabelColumnName, named[0].LossWeight, named[0].Loss, Distinct(named[0].Metrics)) { ClassWeights = named[0].ClassWeights }
        : throw new ArgumentException(
            $"{nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.Outputs)} names the network's output '{name}' {(named.Length == 0 ? "nowhere: each needs a label" : "more than once")}.");

    /// <exception cref="ArgumentException">Two metrics have the same name, so that the history could hold only one.</exception>
    private static IReadOnlyList<Metric> Distinct(IReadOnlyCollection<Metric> metrics)
    {
        string? twice = metrics.GroupBy(metric => metric.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null && metrics.All(metric => metric.Name != "loss")
            ? [.. metrics]
            : throw new ArgumentException($"{nameof(NeuralNetworkOptions.Metrics)} has two metrics called '{twice ?? "loss"}'; each needs a name of its own.");
    }
}
